import { SkylarkError } from "@skylark/core";
import type { Calls } from "../calls/calls.js";
import type { Members } from "../connection/members.js";
import type { CallOptions } from "../options.js";

export interface MemberStatus {
  readonly name: string;
  /** 16 hexadecimal digits, as etcdctl shows it. */
  readonly id: string;
  /** `host:port` as the member tells others; empty for one that has never started. */
  readonly address: string;
  /** `learner`: keeps the data and has no vote. */
  readonly role: "leader" | "follower" | "learner" | "unreachable";
  /** Of the server; undefined where it does not answer. */
  readonly version: string | undefined;
}

/** How long a member is waited for. */
const answerMs = 1000;

/** Asks every member over a connection of its own: what one says of another is hearsay. */
export async function clusterMembers(
  { calls, members }: { readonly calls: Calls; readonly members: Members },
  options: CallOptions,
): Promise<MemberStatus[]> {
  const list = await calls.call(
    {
      what: "list the members",
      repeatable: true,
      local: true,
      make: ({ cluster }, rpc) => cluster.memberList({}, rpc),
    },
    options,
  );
  return Promise.all(
    list.members.map(async ({ id, name, clientUrls, isLearner }): Promise<MemberStatus> => {
      const address = (clientUrls[0] ?? "").replace(/^https?:\/\//, "");
      const known = { name, id: id.toString(16).padStart(16, "0"), address };
      try {
        const connection = await members.dial(address);
        try {
          const { leader, version } = await connection.services.maintenance.status({}, { timeoutMs: answerMs });
          return { ...known, role: leader === id ? "leader" : isLearner ? "learner" : "follower", version };
        } finally {
          connection.end(new SkylarkError("cancelled", "the member was asked how it is"));
        }
      } catch {
        return { ...known, role: "unreachable", version: undefined };
      }
    }),
  );
}
