import { type AmbientCall, insideCall } from "../call-context.js";
import type { UnaryMethod } from "./service.js";
import { invalidInput, invalidOutput, validated } from "./validation.js";

/** A call on its way to the handler. */
export interface StartableCall extends AmbientCall {
  /** The handler has begun: the call can no longer be said not to have run. */
  started: boolean;
}

/** Serves one call: answers, throws, or promises either. */
export type Serve = (call: StartableCall, args: unknown[]) => unknown;

interface ServerLayer {
  readonly name: string;
  /** Why it stands where it stands. */
  readonly because: string;
  /** Undefined where the method has no use for it: it then costs nothing. */
  readonly wrap: (method: UnaryMethod, name: string, inner: Serve) => Serve | undefined;
}

/**
 * The way of a call through a server, outermost first. The only place where this order is decided. Before it, the
 * connection has refused what it must not run (a draining service, an expired deadline, too many calls at once).
 */
export const serverLayers: readonly ServerLayer[] = [
  {
    name: "ambient",
    because: "outermost: schemas with code of their own and the handler both see the call and its signal",
    wrap: (_method, _name, inner) => (call, args) => insideCall(call, () => inner(call, args)),
  },
  {
    name: "validate output",
    because: "outside the input's: an invalid input must not look like a broken output",
    wrap: ({ output }, name, inner) =>
      output &&
      ((call, args) => {
        const check = (value: unknown): unknown =>
          validated(output, value, (problems) => invalidOutput(name, problems));
        const result = inner(call, args);
        return isThenable(result) ? Promise.resolve(result).then(check) : check(result);
      }),
  },
  {
    name: "validate input",
    because: "innermost but the handler: whatever changes arguments on the way is checked too",
    wrap: ({ input }, name, inner) =>
      input &&
      ((call, args) => {
        const checked = validated(input, args[0], (problems) => invalidInput(name, problems));
        return checked instanceof Promise ? checked.then((value) => inner(call, [value])) : inner(call, [checked]);
      }),
  },
];

/** The whole way of one method, built once when it is offered. */
export function serveThrough(method: UnaryMethod, name: string): Serve {
  let serve: Serve = (call, args) => {
    call.started = true;
    return method.run(call, args);
  };
  for (const layer of serverLayers.toReversed()) serve = layer.wrap(method, name, serve) ?? serve;
  return serve;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
