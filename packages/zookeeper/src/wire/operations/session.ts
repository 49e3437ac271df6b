import type { JuteReader } from "../jute-reader.js";
import { operation, readNothing, writeNothing } from "../operation.js";
import { readPath, writePath } from "./path.js";

function readPaths(reader: JuteReader): string[] {
  return reader.texts();
}

/** Goes with the number `specialXids.ping`. */
export const ping = operation<void, void>("ping", writeNothing, readNothing);
/** Its answer comes when the session is over everywhere. */
export const closeSession = operation<void, void>("closeSession", writeNothing, readNothing);
/** What is read after its answer has seen every write that ended before it was asked. */
export const sync = operation("sync", writePath, readPath);
/** The ephemeral nodes of this session below a path. Since 3.6. */
export const getEphemerals = operation("getEphemerals", writePath, readPaths);
