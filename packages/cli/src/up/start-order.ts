import { nearestName } from "skylark/internal";
import { UsageError } from "../failure.js";

/** By name: who must be ready before it starts. */
export type Afters = ReadonlyMap<string, readonly string[]>;

/**
 * Names so that each stands behind those that it comes after, otherwise in their own order. Fails as a usage error where
 * somebody comes after one that is not there, or after itself, by whatever detour.
 */
export function startOrder(afters: Afters): readonly string[] {
  for (const [name, others] of afters) for (const other of others) requireKnown(name, other, afters);
  const order: string[] = [];
  let left = [...afters.keys()];
  while (left.length > 0) {
    const next = left.find((name) => afters.get(name)?.every((other) => order.includes(other)));
    if (next === undefined)
      throw new UsageError(`processes wait for each other: ${circleIn(left, afters).join(" after ")}`);
    order.push(next);
    left = left.filter((name) => name !== next);
  }
  return order;
}

function requireKnown(name: string, other: string, afters: Afters): void {
  if (afters.has(other)) return;
  const near = nearestName(other, afters.keys());
  const advice = near ? `: did you mean "${near}"?` : `: there is ${[...afters.keys()].join(", ")}`;
  throw new UsageError(`processes.${name}.after names "${other}", which is not there${advice}`);
}

/** Each of `left` comes after another of them: whoever follows that comes round. */
function circleIn(left: readonly string[], afters: Afters): readonly string[] {
  const way: string[] = [];
  for (let at = left[0] as string; ; ) {
    const seen = way.indexOf(at);
    if (seen !== -1) return [...way.slice(seen), at];
    way.push(at);
    at = afters.get(at)?.find((other) => left.includes(other)) as string;
  }
}
