import type { JuteReader } from "./jute-reader.js";

/** What ZooKeeper knows of a node beside its data. */
export interface Stat {
  /** The transaction that created it. Never the same again for another node at the same path. */
  readonly czxid: bigint;
  /** The transaction that wrote its data last. */
  readonly mzxid: bigint;
  /** The transaction that changed its list of children last. */
  readonly pzxid: bigint;
  /** When it was created and when written, ms since 1970 by the leader's clock. */
  readonly ctime: number;
  readonly mtime: number;
  /** Writes of its data since it was created; begins again with 0 when it is created anew. */
  readonly version: number;
  /** Changes of its list of children. */
  readonly cversion: number;
  /** Changes of its access list. */
  readonly aversion: number;
  /** The session of an ephemeral node; 0 for others; a number with special leading bits for containers and TTL nodes. */
  readonly ephemeralOwner: bigint;
  readonly dataLength: number;
  readonly numChildren: number;
}

export function readStat(reader: JuteReader): Stat {
  const czxid = reader.long();
  const mzxid = reader.long();
  const ctime = reader.longAsNumber();
  const mtime = reader.longAsNumber();
  const version = reader.int();
  const cversion = reader.int();
  const aversion = reader.int();
  const ephemeralOwner = reader.long();
  const dataLength = reader.int();
  const numChildren = reader.int();
  const pzxid = reader.long();
  return {
    czxid,
    mzxid,
    pzxid,
    ctime,
    mtime,
    version,
    cversion,
    aversion,
    ephemeralOwner,
    dataLength,
    numChildren,
  };
}
