/**
 * The closed list of error codes. Names and meanings follow gRPC's status codes, so that doors to other protocols
 * translate one to one. The number is what travels on the wire.
 */
export const errorCodes = {
  cancelled: 1,
  unknown: 2,
  invalid_argument: 3,
  deadline_exceeded: 4,
  not_found: 5,
  already_exists: 6,
  permission_denied: 7,
  resource_exhausted: 8,
  failed_precondition: 9,
  aborted: 10,
  out_of_range: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  data_loss: 15,
  unauthenticated: 16,
} as const;

export type ErrorCode = keyof typeof errorCodes;

const namesByNumber = new Map<number, ErrorCode>(
  Object.entries(errorCodes).map(([name, number]) => [number, name as ErrorCode]),
);

/** The code that a wire number stands for; an unheard-of number is `unknown`. */
export function errorCodeOf(wireNumber: number): ErrorCode {
  return namesByNumber.get(wireNumber) ?? "unknown";
}

/**
 * Why, more exactly than the code says, where a program may want to tell cases apart. Closed as well: what is not
 * listed here travels as a message for people.
 */
export const errorReasons = [
  /** The connection was lost, or could not be made. */
  "CONNECTION_LOST",
  /** Another instance answers on the address that was dialled. */
  "WRONG_INSTANCE",
  /** The instance is leaving; the call did not run. */
  "DRAINING",
  /** No instance of the service is known that fits. */
  "NO_INSTANCE",
  /** The method is a stream and was awaited, or answers once and was iterated. */
  "WRONG_SHAPE",
  /** Of the instances that were asked together, fewer answered well than are needed; `details.failures` names the others. */
  "TOO_FEW_ANSWERS",
  /** The retry budget of the called service is spent. */
  "RETRIES_SPENT",
  /** The peer broke the protocol. */
  "PROTOCOL",
  /** The worker thread that had the call ended; it may have run. */
  "THREAD_ENDED",
  /** A message is larger than the limit. */
  "MESSAGE_TOO_LARGE",
  /** A value does not fit the contract; `details` names the field. */
  "VALIDATION",
  /** The session with coordination is over; its ephemeral entries are gone. */
  "SESSION_EXPIRED",
  /** Too few members of the store's ensemble are left to agree on a write. */
  "NO_QUORUM",
  /** Stored data is damaged; the start is refused. */
  "DAMAGED",
  /** A setting is wrong; `details.key` names it. */
  "SETTING",
] as const;

export type ErrorReason = (typeof errorReasons)[number];
