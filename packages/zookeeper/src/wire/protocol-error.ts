import { SkylarkError } from "@skylark/core";

/** The server broke the protocol, or is no ZooKeeper. The connection ends with it. */
export function protocolError(message: string): SkylarkError {
  return new SkylarkError("invalid_argument", message, { reason: "PROTOCOL" });
}
