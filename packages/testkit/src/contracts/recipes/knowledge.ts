import type { HeldLock } from "@skylark/coordination";

/** Whether the holder knows that it holds no more, or would if it asked: a busy test may be too late to be told. */
export function knowsItsLoss(held: Pick<HeldLock, "assertHeld">): boolean {
  try {
    held.assertHeld();
    return false;
  } catch {
    return true;
  }
}
