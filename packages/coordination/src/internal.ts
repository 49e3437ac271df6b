export type { RepairReport } from "./journal/repair.js";
export { repairCoordination } from "./repair-coordination.js";
