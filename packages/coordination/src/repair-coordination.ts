import { existsSync } from "node:fs";
import { SkylarkError } from "@skylark/core";
import { homeAt, homePath, prepareHome } from "./embedded/home.js";
import { Lock } from "./embedded/lock.js";
import { type RepairReport, repairFolder } from "./journal/repair.js";

/**
 * Makes the damaged embedded store of this machine start again, and says what was lost. A deliberate act: nothing of ours
 * does it by itself. Fails `failed_precondition` while a process hosts the store.
 */
export function repairCoordination(path: string = homePath()): RepairReport {
  const home = homeAt(path);
  prepareHome(home);
  const lock = Lock.tryAcquire(home.lock);
  if (!lock) {
    const message = `process ${Lock.holder(home.lock)} hosts the store in ${path}: a store that runs is not damaged. Stop it first`;
    throw new SkylarkError("failed_precondition", message);
  }
  try {
    return repairFolder(home.folder);
  } finally {
    lock.release();
  }
}

/** Whether an embedded store lies there, hosted or not. */
export function hasEmbeddedStore(path: string = homePath()): boolean {
  return existsSync(homeAt(path).lock);
}
