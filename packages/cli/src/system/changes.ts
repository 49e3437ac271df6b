import type { InstanceState, ListedInstance } from "./listed-instance.js";

/** What happened to an instance of a service. */
export type InstanceChange =
  | { readonly kind: "joined" | InstanceState; readonly instance: ListedInstance }
  /** Another weight, other tags, … */
  | { readonly kind: "changed"; readonly instance: ListedInstance }
  /**
   * `orderly`: it said that it leaves, or was taken out, as the lasting entry of an HTTP participant is. Otherwise it died, or
   * lost its session with the store.
   */
  | { readonly kind: "left"; readonly instance: ListedInstance; readonly orderly: boolean };

/** What leads from one view to the next: those who left first, so that a restart reads in its order. */
export function changesBetween(
  before: readonly ListedInstance[],
  after: readonly ListedInstance[],
): readonly InstanceChange[] {
  const old = new Map(before.map((instance) => [keyOf(instance), instance]));
  const now = new Map(after.map((instance) => [keyOf(instance), instance]));
  const left = before
    .filter((instance) => !now.has(keyOf(instance)))
    .map((instance): InstanceChange => ({ kind: "left", instance, orderly: isOrderly(instance) }));
  const others = after.flatMap((instance) => changeOf(old.get(keyOf(instance)), instance));
  return [...left, ...others];
}

function changeOf(before: ListedInstance | undefined, instance: ListedInstance): readonly InstanceChange[] {
  if (before === undefined) return [{ kind: "joined", instance }];
  if (before.state !== instance.state) return [{ kind: instance.state, instance }];
  return JSON.stringify(before) === JSON.stringify(instance) ? [] : [{ kind: "changed", instance }];
}

function isOrderly({ state, protocol }: ListedInstance): boolean {
  return state === "leaving" || protocol === "http";
}

function keyOf({ service, id, address }: ListedInstance): string {
  return `${service} ${id} ${address}`;
}
