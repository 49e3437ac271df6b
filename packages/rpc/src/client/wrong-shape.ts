import { Failure } from "../wire/failure.js";
import type { MethodShape } from "../wire/handshake.js";
import type { ClientCall } from "./client-call.js";

/** Why a method cannot be used as it was meant to: it is not there (`shape` undefined), or of another shape. Nothing was sent. */
export function wrongShape(call: ClientCall, peer: string, shape: MethodShape | undefined): Failure {
  if (shape === undefined) {
    return new Failure("unimplemented", `${call.name} is not offered there (${peer})`, { notExecuted: true });
  }
  const message = `${call.name} ${advice[shape]} (${peer})`;
  return new Failure("unimplemented", message, { reason: "WRONG_SHAPE", notExecuted: true });
}

const advice = {
  unary: "answers once and is no stream: await it",
  "server-stream": "is a stream, not a call: iterate it, as in `for await (const message of …)`",
  stream: "is a stream in both directions, not a call",
} as const satisfies Record<MethodShape, string>;
