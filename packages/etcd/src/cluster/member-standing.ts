import { Code, ConnectError } from "@connectrpc/connect";
import { SkylarkError } from "@skylark/core";
import type { Connection } from "../connection/connection.js";
import type { Members } from "../connection/members.js";

/** What a member shows of the quorum when it is asked how it is. */
export interface MemberStanding {
  /** As the client was told. */
  readonly address: string;
  /** `serves`: knows a leader, or answers and does not tell. `refuses`: nobody listens there. `silent`: no answer in time. */
  readonly kind: "serves" | "knows no leader" | "refuses" | "silent";
}

/** How long a member is waited for, after it has taken the connection. */
const answerMs = 1000;

/** Asks every endpoint over a connection of its own. Needs neither a leader nor the list of members, which newer servers have only with one. */
export async function memberStandings(members: Members): Promise<MemberStanding[]> {
  const ask = async (address: string): Promise<MemberStanding> => ({ address, kind: await standing(address, members) });
  return Promise.all(members.endpoints.map(ask));
}

async function standing(address: string, members: Members): Promise<MemberStanding["kind"]> {
  let connection: Connection;
  try {
    connection = await members.dial(address);
  } catch (error) {
    const { code, details } = SkylarkError.from(error);
    if (code === "unauthenticated") return "serves";
    return (details as { code?: unknown } | undefined)?.code === "ECONNREFUSED" ? "refuses" : "silent";
  }
  try {
    const { leader } = await connection.services.maintenance.status({}, { timeoutMs: answerMs });
    return leader === 0n ? "knows no leader" : "serves";
  } catch (error) {
    const isSilent = connection.failure !== undefined || ConnectError.from(error).code === Code.DeadlineExceeded;
    return isSilent ? "silent" : "serves";
  } finally {
    connection.end(new SkylarkError("cancelled", "the member was asked how it is"));
  }
}
