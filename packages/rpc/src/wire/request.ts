import { timeoutMsMax } from "./frame.js";

/** The fixed part of a request: method id (16 bits), attempt (8), flags (8), time remaining in ms (32; 0: no deadline). */
export const requestHeadBytes = 8;

export const requestFlags = {
  /** A map of metadata stands before the arguments. */
  metadata: 1,
  /** It is, or descends from, a retry: nothing below it retries what may have run. */
  descendsFromRetry: 2,
  /** Nobody waits for an answer, and none is sent. */
  oneWay: 4,
} as const;

export function writeRequestHead(
  into: Buffer,
  method: number,
  attempt: number,
  flags: number,
  remainingMs: number,
): void {
  into.writeUInt16BE(method, 0);
  into[2] = Math.min(attempt, 255);
  into[3] = flags;
  // a deadline that is nearly over must not become "no deadline"
  const timeout =
    remainingMs === Number.POSITIVE_INFINITY ? 0 : Math.min(Math.max(Math.ceil(remainingMs), 1), timeoutMsMax);
  into.writeUInt32BE(timeout, 4);
}
