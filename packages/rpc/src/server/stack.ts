import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type AmbientCall, insideCall } from "../call-context.js";
import { type Messages, messagesOf } from "../connection/messages.js";
import type { ServerStreamMethod, UnaryMethod } from "./service.js";
import { invalidInput, invalidMessage, invalidOutput, validated } from "./validation.js";

/** A call on its way to the handler. */
export interface StartableCall extends AmbientCall {
  /** The handler has begun: the call can no longer be said not to have run. */
  started: boolean;
}

/** Serves one call: answers, throws, or promises either. */
export type Serve = (call: StartableCall, args: unknown[]) => unknown;

/** Opens one server stream, or promises to. */
export type Open = (call: StartableCall, args: unknown[]) => Messages | Promise<Messages>;

interface ServerLayer {
  readonly name: string;
  /** Why it stands where it stands. */
  readonly because: string;
  /** Undefined where the method has no use for it: it then costs nothing. */
  readonly wrap: (method: UnaryMethod, name: string, inner: Serve) => Serve | undefined;
  /** The same for a server stream: for its opening, and for each of its messages. */
  readonly wrapStream: (method: ServerStreamMethod, name: string, inner: Open) => Open | undefined;
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
    wrapStream: (_method, _name, inner) => (call, args) => {
      const inside = (messages: Messages): Messages => ({
        next: () => insideCall(call, () => messages.next()),
        end: () => insideCall(call, () => messages.end()),
      });
      const opened = insideCall(call, () => inner(call, args));
      return opened instanceof Promise ? opened.then(inside) : inside(opened);
    },
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
    wrapStream: ({ message }, name, inner) =>
      message &&
      ((call, args) => {
        const checked = (messages: Messages): Messages => ({
          next: async () => {
            const step = await messages.next();
            if (step.done) return step;
            const value = await validated(message, step.value, (problems) => invalidMessage(name, problems));
            return { value, done: false };
          },
          end: () => messages.end(),
        });
        const opened = inner(call, args);
        return opened instanceof Promise ? opened.then(checked) : checked(opened);
      }),
  },
  {
    name: "validate input",
    because: "innermost but the handler: whatever changes arguments on the way is checked too",
    wrap: ({ input }, name, inner) => input && inputChecked(input, name, inner),
    wrapStream: ({ input }, name, inner) => input && inputChecked(input, name, inner),
  },
];

/** Generic, so that it is told what comes of a call from what comes of a stream. */
function inputChecked<Result>(
  input: StandardSchemaV1,
  name: string,
  inner: (call: StartableCall, args: unknown[]) => Result | Promise<Result>,
): (call: StartableCall, args: unknown[]) => Result | Promise<Result> {
  return (call, args) => {
    const checked = validated(input, args[0], (problems) => invalidInput(name, problems));
    return checked instanceof Promise ? checked.then((value) => inner(call, [value])) : inner(call, [checked]);
  };
}

/** The whole way of one method, built once when it is offered. */
export function serveThrough(method: UnaryMethod, name: string): Serve {
  let serve: Serve = (call, args) => {
    if (method.begins !== "when-it-says") call.started = true;
    return method.run(call, args);
  };
  for (const layer of serverLayers.toReversed()) serve = layer.wrap(method, name, serve) ?? serve;
  return serve;
}

/** The same for a server stream. */
export function openThrough(method: ServerStreamMethod, name: string): Open {
  let open: Open = (call, args) => {
    if (method.begins !== "when-it-says") call.started = true;
    return messagesOf(method.open(call, args), name);
  };
  for (const layer of serverLayers.toReversed()) open = layer.wrapStream(method, name, open) ?? open;
  return open;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
