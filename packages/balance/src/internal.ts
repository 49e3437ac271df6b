export { draw, textHash } from "./rendezvous.js";
export { RetryBudget } from "./retry-budget.js";
