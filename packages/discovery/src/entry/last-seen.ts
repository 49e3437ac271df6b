import type { Entry, WatchEvent } from "@skylark/coordination";

/** The entry as the event leaves it; undefined where the event does not speak of it. */
export function lastSeen(event: WatchEvent, key: string): { readonly entry: Entry | undefined } | undefined {
  if (event.kind === "snapshot") return { entry: event.entries.find((entry) => entry.key === key) };
  const change = event.changes.findLast((each) => (each.kind === "put" ? each.entry.key : each.key) === key);
  return change && { entry: change.kind === "put" ? change.entry : undefined };
}
