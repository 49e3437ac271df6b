export { type AccessLists, type Grant, type Permission, permissionNames } from "./drivers/access-lists.js";
export { homePath } from "./embedded/home.js";
export { Lock } from "./embedded/lock.js";
export { isFull } from "./journal/disk.js";
export type { RepairReport } from "./journal/repair.js";
export { type AccessListsOptions, openAccessLists } from "./open-access-lists.js";
export { hasEmbeddedStore, repairCoordination } from "./repair-coordination.js";
