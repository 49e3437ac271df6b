export { homePath } from "./embedded/home.js";
export { Lock } from "./embedded/lock.js";
export { isFull } from "./journal/disk.js";
export type { RepairReport } from "./journal/repair.js";
export { hasEmbeddedStore, repairCoordination } from "./repair-coordination.js";
