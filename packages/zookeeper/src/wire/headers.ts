import type { JuteReader } from "./jute-reader.js";
import type { JuteWriter } from "./jute-writer.js";

/** Request numbers that mean something by themselves. Those of plain requests are positive. */
export const specialXids = {
  /** A reply that nobody asked for: a watch fired. */
  watchEvent: -1,
  ping: -2,
  auth: -4,
  setWatches: -8,
} as const;

/** Before each request. The server answers in the order it was asked. */
export interface RequestHeader {
  readonly xid: number;
  /** One of `opCodes`. */
  readonly type: number;
}

/** Before each reply. A body follows only where `error` is 0. */
export interface ReplyHeader {
  readonly xid: number;
  /** The newest transaction that the server had seen; nothing for a watch event (−1). */
  readonly zxid: bigint;
  /** 0, or a number of `zooKeeperErrors`. */
  readonly error: number;
}

export function writeRequestHeader(writer: JuteWriter, { xid, type }: RequestHeader): void {
  writer.int(xid);
  writer.int(type);
}

export function readReplyHeader(reader: JuteReader): ReplyHeader {
  return { xid: reader.int(), zxid: reader.long(), error: reader.int() };
}
