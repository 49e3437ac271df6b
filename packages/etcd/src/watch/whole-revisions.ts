import type { WatchResponse } from "../generated/etcd_pb.js";
import { type KeyValue, keyValueOf, textOf } from "../kv/key-value.js";

export type KeyChange =
  | { readonly kind: "put"; readonly entry: KeyValue }
  | { readonly kind: "deleted"; readonly key: string };

/** All that one revision of the store changed in a range, in order. */
export interface RevisionChanges {
  readonly revision: bigint;
  readonly changes: readonly KeyChange[];
}

/** `Event.type` of the API. */
const deleteEvent = 1;

/**
 * Puts revisions together from what a watch sends. The server cuts large answers into fragments wherever it likes, also in
 * the middle of a revision; only the last one says that there are no more.
 */
export class WholeRevisions {
  #waiting: WatchResponse["events"] = [];

  /** The revisions that are complete with this answer; none of them while more fragments follow. */
  take({ events, fragment }: Pick<WatchResponse, "events" | "fragment">): RevisionChanges[] {
    this.#waiting.push(...events);
    if (fragment) return [];
    const whole = this.#waiting;
    this.#waiting = [];
    const revisions: { revision: bigint; changes: KeyChange[] }[] = [];
    for (const { type, kv } of whole) {
      if (!kv) continue;
      const revision = kv.modRevision;
      const change: KeyChange =
        type === deleteEvent ? { kind: "deleted", key: textOf(kv.key) } : { kind: "put", entry: keyValueOf(kv) };
      const last = revisions.at(-1);
      if (last?.revision === revision) last.changes.push(change);
      else revisions.push({ revision, changes: [change] });
    }
    return revisions;
  }
}
