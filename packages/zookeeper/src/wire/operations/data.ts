import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { operation } from "../operation.js";
import { readStat, type Stat } from "../stat.js";
import { writeRead } from "./path.js";

export interface SetDataRequest {
  readonly path: string;
  readonly data: Uint8Array | null;
  /** −1: whatever the version. */
  readonly version: number;
}

export interface DataReply {
  /** Null where the node was written without data. */
  readonly data: Buffer | null;
  readonly stat: Stat;
}

export function writeSetData(writer: JuteWriter, { path, data, version }: SetDataRequest): void {
  writer.text(path);
  writer.buffer(data);
  writer.int(version);
}

export function readData(reader: JuteReader): DataReply {
  return { data: reader.buffer(), stat: readStat(reader) };
}

export const exists = operation("exists", writeRead, readStat);
export const getData = operation("getData", writeRead, readData);
export const setData = operation("setData", writeSetData, readStat);
