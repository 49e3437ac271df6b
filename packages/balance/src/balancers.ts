import { SkylarkError } from "@skylark/core";
import { byKey } from "./by-key.js";
import type { Balancer } from "./picker.js";
import { randomChoice } from "./random.js";
import { roundRobin } from "./round-robin.js";
import { twoChoices } from "./two-choices.js";

/** The balancers that a setting can name. */
export const balancers = {
  twoChoices,
  roundRobin,
  random: randomChoice,
  byKey,
} as const satisfies Record<string, Balancer>;

export type BalancerName = keyof typeof balancers;

/** The names, the default first. */
export const balancerNames = Object.keys(balancers) as readonly BalancerName[];

/** The balancer of that name; `invalid_argument` with reason `SETTING` where there is none. */
export function balancerNamed(name: string): Balancer {
  if (Object.hasOwn(balancers, name)) return balancers[name as BalancerName];
  const known = balancerNames.map((each) => `"${each}"`).join(", ");
  throw new SkylarkError(
    "invalid_argument",
    `no balancer is named "${name}": choose one of ${known}, or pass a balancer object of your own`,
    { reason: "SETTING", details: { key: "balancer" } },
  );
}
