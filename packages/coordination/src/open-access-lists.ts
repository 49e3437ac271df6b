import { type Log, SkylarkError } from "@skylark/core";
import type { AccessLists } from "./drivers/access-lists.js";
import { driverOf } from "./drivers/open-driver.js";
import { openZooKeeperAccessLists } from "./drivers/zookeeper/zookeeper-access-lists.js";

export interface AccessListsOptions {
  /** As `openCoordination` has it. */
  readonly url: string;
  /** For opening, and for each operation. */
  readonly timeoutMs: number;
  readonly log: Log;
}

/** Why an engine has none, and what there is instead. */
const refusals: Readonly<Record<string, string>> = {
  embedded: "the embedded store has no access lists: its folder belongs to one user, and so does all that is in it",
  etcd: "etcd has no access lists of entries: it has users and roles over ranges of keys; see etcdctl role",
};

/** Fails `unimplemented` where the engine has no access lists, and says what it has. */
export async function openAccessLists({ url, timeoutMs, log }: AccessListsOptions): Promise<AccessLists> {
  driverOf(url); // refuses what is no URL of a store
  const refusal = refusals[url.split(":")[0] ?? ""];
  if (refusal !== undefined) throw new SkylarkError("unimplemented", refusal, { notExecuted: true });
  return await openZooKeeperAccessLists(url, timeoutMs, log);
}
