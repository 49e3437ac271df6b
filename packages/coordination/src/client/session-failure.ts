import { SkylarkError } from "@skylark/core";

export function silent(): SkylarkError {
  return new SkylarkError("unavailable", "the host of the store does not answer", { reason: "CONNECTION_LOST" });
}

export function hungUp(): SkylarkError {
  return new SkylarkError("unavailable", "the host of the store hung up", { reason: "CONNECTION_LOST" });
}

/** Whether trying again may help; anything else needs a person. */
export function isTransient({ code }: SkylarkError): boolean {
  return code === "unavailable" || code === "resource_exhausted" || code === "deadline_exceeded" || code === "aborted";
}
