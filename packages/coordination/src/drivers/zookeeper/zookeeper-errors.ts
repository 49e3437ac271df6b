import { SkylarkError } from "@skylark/core";
import type { ZooKeeperErrorCode } from "@skylark/zookeeper";

/** ZooKeeper's own name of a failure. Read here, since the package that knows it is loaded late. */
export function zooKeeperCodeOf(error: unknown): ZooKeeperErrorCode | undefined {
  if (!SkylarkError.is(error)) return undefined;
  return (error.details as { zookeeper?: ZooKeeperErrorCode } | null | undefined)?.zookeeper;
}

/** The server refused because the session is over or elsewhere, or was never asked: it did not happen. */
export function isUndone(error: unknown): boolean {
  if (!SkylarkError.is(error)) return false;
  if (error.reason === "SESSION_EXPIRED" || zooKeeperCodeOf(error) === "session_moved") return true;
  return error.code === "unavailable" && error.notExecuted;
}

/** A read that failed so may be made again. */
export function isPassing(error: unknown): boolean {
  return isUndone(error) || SkylarkError.is(error, "unavailable");
}
