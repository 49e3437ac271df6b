import { SkylarkError } from "@skylark/core";

/** The connection was lost, or could not be made. */
export function lostError(message: string, cause?: unknown): SkylarkError {
  return new SkylarkError("unavailable", message, { reason: "CONNECTION_LOST", cause });
}
