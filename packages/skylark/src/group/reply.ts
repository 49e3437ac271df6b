import { type ErrorCode, SkylarkError } from "@skylark/core";

/** What came of asking one instance of a group. */
export type Reply<Value> =
  | { readonly kind: "answered"; readonly instance: string; readonly value: Value }
  | { readonly kind: "failed"; readonly instance: string; readonly error: SkylarkError };

export function valuesOf<Value>(replies: readonly Reply<Value>[]): Value[] {
  return replies.flatMap((reply) => (reply.kind === "answered" ? [reply.value] : []));
}

/** Which were asked, of which method, and how many had to answer well. */
export interface Asked {
  readonly name: string;
  readonly asked: number;
  readonly needed: number;
}

/** How many failures a message tells; `details` has all. */
const failuresTold = 5;

/**
 * Too few answered well. Its code is what all failures share, else `unknown`: some may have run. That nothing ran is promised
 * where every single one promises it.
 */
export function tooFew({ name, asked, needed }: Asked, replies: readonly Reply<unknown>[]): SkylarkError {
  const failures = replies.flatMap((reply) => (reply.kind === "failed" ? [reply] : []));
  const answered = replies.length - failures.length;
  const told = failures.slice(0, failuresTold).map(({ instance, error }) => `${instance}: ${error.message}`);
  const more = failures.length > told.length ? `; and ${failures.length - told.length} more` : "";
  const message = `${name} was answered by ${answered} of ${asked} instances, ${needed} are needed: ${told.join("; ")}${more}`;
  return new SkylarkError(sharedCode(failures.map(({ error }) => error.code)), message, {
    reason: "TOO_FEW_ANSWERS",
    details: {
      asked,
      answered,
      needed,
      failures: failures.map(({ instance, error }) => ({ instance, code: error.code, message: error.message })),
    },
    cause: failures[0]?.error,
    notExecuted: answered === 0 && failures.every(({ error }) => error.notExecuted),
  });
}

function sharedCode([first, ...others]: readonly ErrorCode[]): ErrorCode {
  return first !== undefined && others.every((code) => code === first) ? first : "unknown";
}

/** Nobody is there who fits. @param absence why */
export function nobodyToAsk(name: string, absence: string): SkylarkError {
  return new SkylarkError("unavailable", `${name} finds nobody to ask: ${absence}`, {
    reason: "NO_INSTANCE",
    notExecuted: true,
  });
}
