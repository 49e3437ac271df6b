import { SkylarkError } from "@skylark/core";

/** The peer broke the protocol, or is not one of ours. The connection ends with it. */
export function protocolError(message: string): SkylarkError {
  return new SkylarkError("invalid_argument", message, { reason: "PROTOCOL" });
}
