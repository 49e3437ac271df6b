import type { Channel } from "./channel.js";
import type { CallOptions } from "./client-call.js";

/** A function that may travel: it answers by a promise. Others are refused by the compiler, with the reason as the type. */
export type Remote<F> = F extends (...args: infer Args) => Promise<infer Result>
  ? (...args: Args) => Promise<Result>
  : F extends (...args: never[]) => unknown
    ? NotRemote<"a synchronous function cannot be remote: make it async">
    : never;

/** Shows its reason in the compiler's message. */
export interface NotRemote<Reason extends string> {
  readonly cannotBeCalled: Reason;
}

/** The functions of a module, object or class as a caller elsewhere sees them. */
export type RemoteFunctions<Implementation> = {
  readonly [Name in keyof Implementation as Implementation[Name] extends (...args: never[]) => unknown
    ? Name
    : never]: Remote<Implementation[Name]>;
};

/** A client of a service: its functions, and `with` for the options of single calls. */
export type TypedClient<Implementation> = RemoteFunctions<Implementation> & {
  /** The same functions under these options: `grading.with({ timeoutMs: 500 }).students()`. */
  with(options: CallOptions): RemoteFunctions<Implementation>;
};

type AnyFunction = (...args: unknown[]) => Promise<unknown>;

/** Functions made as they are asked for; each is made once, so that it can be compared and destructured. */
export function remoteFunctions(
  call: (method: string, args: unknown[]) => Promise<unknown>,
): Record<string, AnyFunction> {
  const made = new Map<string, AnyFunction>();
  return new Proxy<Record<string, AnyFunction>>(Object.create(null) as Record<string, AnyFunction>, {
    get(_target, name) {
      if (typeof name !== "string" || name === "then" || name === "toJSON") return undefined; // a client is no promise
      let remote = made.get(name);
      if (!remote) {
        remote = (...args) => call(name, args);
        Object.defineProperty(remote, "name", { value: name });
        made.set(name, remote);
      }
      return remote;
    },
    has: (_target, name) => typeof name === "string" && name !== "then",
    ownKeys: () => [],
  });
}

/** Calls a method by its name. */
export type CallByName = (method: string, args: unknown[]) => Promise<unknown>;

/** A client whose `with(options)` gives the same functions under these options; `bind` makes the way to call for them. */
export function boundClient<Options>(bind: (options: Options | undefined) => CallByName): unknown {
  const functions = remoteFunctions(bind(undefined));
  const withOptions = (options: Options): unknown => remoteFunctions(bind(options));
  return new Proxy(functions, {
    get: (target, name): unknown => (name === "with" ? withOptions : target[name as string]),
  });
}

/** A typed client over a channel. */
export function typedClient<Implementation>(channel: Channel): TypedClient<Implementation> {
  const client = boundClient<CallOptions>((options) => (method, args) => channel.call(method, args, options));
  return client as TypedClient<Implementation>;
}
