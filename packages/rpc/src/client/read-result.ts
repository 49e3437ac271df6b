import { SkylarkError } from "@skylark/core";
import { decodeValue } from "../wire/codec.js";
import { Failure } from "../wire/failure.js";
import type { Outcome } from "./client-call.js";

/** The value that answers a call. It may be bad where the frames are not: then only this call fails. */
export function readResult(bytes: Buffer, start: number, end: number): Outcome {
  try {
    return decodeValue(bytes, start, end);
  } catch (thrown) {
    const { message, reason } = SkylarkError.from(thrown);
    return new Failure("internal", `the result cannot be read: ${message}`, { reason });
  }
}
