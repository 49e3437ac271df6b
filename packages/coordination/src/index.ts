export { type CoordinationOptions, openCoordination } from "./open-coordination.js";
export {
  type Change,
  type Coordination,
  coordinationLimits,
  type Entry,
  type Json,
  type Operation,
  type OperationOptions,
  type PutOptions,
  type ReadOptions,
  type Revision,
  type SessionId,
  type SessionStatus,
  type StoreMember,
  type StoreStatus,
  type Watch,
  type WatchEvent,
} from "./port.js";
export { type ElectOptions, elect, type Leader, type Leadership, leaderOf, watchLeader } from "./recipes/elect.js";
export type { HeldLock } from "./recipes/held-lock.js";
export { type LockOptions, lock } from "./recipes/lock.js";
