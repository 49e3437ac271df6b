export { type BalancerName, balancerNamed, balancerNames, balancers } from "./balancers.js";
export type { Balancer, Candidate, PickContext, Picker } from "./picker.js";
export type { RetryBudgetOptions } from "./retry-budget.js";
