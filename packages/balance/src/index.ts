export { type BalancerName, balancerNamed, balancerNames, balancers } from "./balancers.js";
export { byKey } from "./by-key.js";
export type { Balancer, Candidate, PickContext, Picker } from "./picker.js";
export { randomChoice } from "./random.js";
export type { RetryBudgetOptions } from "./retry-budget.js";
export { roundRobin } from "./round-robin.js";
export { twoChoices } from "./two-choices.js";
