import type { Stat } from "@skylark/zookeeper";
import type { Entry, Json, Revision, SessionId } from "../../port.js";

/**
 * A node with data is an entry; one without is only a way to others (COORD-PORT-3). The text of a JSON value is never empty, so the two
 * cannot be confused.
 */
export function isEntry(stat: Stat | undefined): stat is Stat {
  return stat !== undefined && stat.dataLength > 0;
}

/** What tells one write of one node from every other. */
export type NodeWrite = Pick<Stat, "czxid" | "version" | "ephemeralOwner">;

/** The creation and the version together: a version alone begins again when the node is made anew. */
export function revisionOf({ czxid, version }: Pick<NodeWrite, "czxid" | "version">): Revision {
  return `${czxid.toString(36)}.${version}` as Revision;
}

export function entryOf(key: string, json: string, write: NodeWrite): Entry {
  return { key, value: valueOf(json), revision: revisionOf(write), owner: ownerOf(write) };
}

export function sessionIdOf(id: bigint): SessionId {
  return `0x${BigInt.asUintN(64, id).toString(16)}` as SessionId;
}

export function isEphemeral({ ephemeralOwner }: Pick<NodeWrite, "ephemeralOwner">): boolean {
  return ephemeralOwner !== 0n && ephemeralOwner !== containerOwner && ephemeralOwner >> 56n !== ttlOwnerSign;
}

/** Marks of nodes that have no owner, in the place of one. */
const containerOwner = -(1n << 63n);
const ttlOwnerSign = -1n;

function ownerOf(write: NodeWrite): SessionId | undefined {
  return isEphemeral(write) ? sessionIdOf(write.ephemeralOwner) : undefined;
}

/** What people wrote with other tools need not be JSON; it reads as text then. */
function valueOf(json: string): Json {
  try {
    return JSON.parse(json) as Json;
  } catch {
    return json;
  }
}
