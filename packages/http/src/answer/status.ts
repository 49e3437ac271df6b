import type { ErrorCode, ErrorReason } from "@skylark/core";

/** As gRPC's codes stand for HTTP's in google/rpc/code.proto. */
const statuses: Readonly<Record<ErrorCode, number>> = {
  cancelled: 499,
  unknown: 500,
  invalid_argument: 400,
  deadline_exceeded: 504,
  not_found: 404,
  already_exists: 409,
  permission_denied: 403,
  resource_exhausted: 429,
  failed_precondition: 400,
  aborted: 409,
  out_of_range: 400,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  data_loss: 500,
  unauthenticated: 401,
};

/** The HTTP status that says what the code says. What is too large is 413, whatever was exhausted otherwise 429. */
export function httpStatusOf(code: ErrorCode, reason?: ErrorReason): number {
  return reason === "MESSAGE_TOO_LARGE" && code === "resource_exhausted" ? 413 : statuses[code];
}
