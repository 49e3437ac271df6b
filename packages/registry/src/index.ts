export type { HeartbeatOptions } from "./health/heartbeat.js";
export type { PushOptions } from "./patch/push.js";
export { openRegistry, type Registry, type RegistryOptions } from "./registry.js";
export { type ParticipantStatus, RegistryContract } from "./registry-contract.js";
