import type { JuteReader } from "../jute-reader.js";
import { operation } from "../operation.js";
import { readStat, type Stat } from "../stat.js";
import { writePath, writeRead } from "./path.js";

export interface ChildrenReply {
  /** Names, not paths, in no order. */
  readonly children: readonly string[];
  readonly stat: Stat;
}

export function readChildrenNames(reader: JuteReader): string[] {
  return reader.texts();
}

function readChildren(reader: JuteReader): ChildrenReply {
  return { children: reader.texts(), stat: readStat(reader) };
}

export const getChildren = operation("getChildren", writeRead, readChildrenNames);
export const getChildren2 = operation("getChildren2", writeRead, readChildren);
/** How many nodes there are below the path, at all depths. */
export const getAllChildrenNumber = operation("getAllChildrenNumber", writePath, (reader) => reader.int());
