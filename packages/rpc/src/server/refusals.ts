import { SkylarkError } from "@skylark/core";
import { Failure } from "../wire/failure.js";
import { wireLimits } from "../wire/frame.js";
import type { OfferedMethod } from "./offer.js";
import type { ServerCall } from "./server-call.js";

/** What a server answers where it does not run a call, or cannot send what came of it. */
export const refusals = {
  unknownMethod: (): Failure => new Failure("unimplemented", "no such method is offered here", { notExecuted: true }),

  leaving: ({ offer }: OfferedMethod): Failure =>
    new Failure("unavailable", `this instance of "${offer.service.name}" is leaving`, {
      reason: "DRAINING",
      notExecuted: true,
    }),

  tooMany: (): Failure =>
    new Failure("resource_exhausted", `more than ${wireLimits.callsMax} calls are in flight on one connection`, {
      notExecuted: true,
    }),

  unreadable: (call: ServerCall, thrown: unknown): Failure => {
    const { message, reason } = SkylarkError.from(thrown);
    return new Failure("invalid_argument", `the arguments of ${nameOf(call)} cannot be read: ${message}`, {
      reason,
      notExecuted: true,
    });
  },

  unsendable: (call: ServerCall, thrown: unknown): Failure => {
    const { message, cause } = SkylarkError.from(thrown);
    return new Failure("internal", `${nameOf(call)}: ${message}`, { cause });
  },

  messageTooLarge: (call: ServerCall, bytes: number, most: number): Failure =>
    new Failure(
      "resource_exhausted",
      `a message of ${nameOf(call)} weighs ${bytes} bytes; the caller takes ${most} (messageBytesMax)`,
      { reason: "MESSAGE_TOO_LARGE" },
    ),

  resultTooLarge: (call: ServerCall, bytes: number, most: number): Failure =>
    new Failure(
      "resource_exhausted",
      `the result of ${nameOf(call)} weighs ${bytes} bytes; the caller takes ${most} (messageBytesMax)`,
      { reason: "MESSAGE_TOO_LARGE" },
    ),
} as const;

function nameOf({ service, method }: ServerCall): string {
  return `${service}.${method}`;
}
