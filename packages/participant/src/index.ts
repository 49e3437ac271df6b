export type { Participant } from "./participant.js";
export { type RegisterOptions, register } from "./register.js";
export type { Patch, Provider } from "./view/patch.js";
