import { type Log, SkylarkError } from "@skylark/core";
import { Failure } from "../wire/failure.js";
import type { StartableCall } from "./stack.js";

/** What a handler threw, as it leaves. The cause stays here, where it can be mended: the log has its last trace. */
export function thrownBy(
  call: { readonly service: string; readonly method: string },
  thrown: unknown,
  log: Log,
): SkylarkError {
  const error = SkylarkError.from(thrown);
  if (error !== thrown) log("debug", `${call.service}.${call.method} threw`, { error: stackOf(error) });
  return error;
}

/** Only what was refused before the handler began may promise that nothing ran, whatever the error says of calls below. */
export function failureOf(call: StartableCall, thrown: unknown): Failure {
  const { code, message, options } = Failure.of(thrown);
  return new Failure(code, message, { ...options, notExecuted: options.notExecuted === true && !call.started });
}

function stackOf({ cause, message }: SkylarkError): string {
  try {
    return cause instanceof Error ? (cause.stack ?? message) : message;
  } catch {
    return message; // not even looking at it works
  }
}
