import type { Channel } from "./channel.js";
import type { CallOptions } from "./client-call.js";
import { methodByName, type RemoteMethod } from "./remote-method.js";
import type { ServerStream } from "./server-stream.js";

/**
 * A function that may travel: it answers by a promise, or is an async generator, whose messages are a stream. Others are
 * refused by the compiler, with the reason as the type.
 */
export type Remote<F> = F extends (...args: infer Args extends readonly unknown[]) => Promise<infer Result>
  ? RemoteCall<Args, Result>
  : F extends (...args: infer Args extends readonly unknown[]) => AsyncIterable<infer Message>
    ? (...args: Args) => ServerStream<Message>
    : F extends (...args: never[]) => unknown
      ? NotRemote<"a synchronous function cannot be remote: make it async">
      : never;

/** A function elsewhere that answers once. */
export interface RemoteCall<Args extends readonly unknown[], Result> {
  (...args: Args): Promise<Result>;
  /**
   * Calls it and waits for nothing: ends when the request was sent, and fails only where it could not be. What comes of it
   * shows in the provider's figures and log.
   *
   * @example
   * await audit.record.oneWay({ who, what });
   */
  oneWay(...args: Args): Promise<void>;
}

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

type AnyFunction = (...args: unknown[]) => unknown;

/** Gives a method by its name. */
export type RemoteMethods = (method: string) => RemoteMethod;

/**
 * Functions made when they are first asked for, and plain properties from then on: the proxy stands behind the object, as
 * its prototype, so that only what is missing passes it.
 */
export function remoteFunctions(methods: RemoteMethods): Record<string, AnyFunction> {
  const missing = new Proxy(Object.create(null) as object, {
    get(_target, name, functions: object) {
      if (typeof name !== "string" || name === "then" || name === "toJSON") return undefined; // a client is no promise
      const { call, oneWay } = methods(name);
      const remote: AnyFunction = (...args) => call(args);
      Object.defineProperties(remote, {
        name: { value: name },
        oneWay: { value: (...args: unknown[]) => oneWay(args) },
      });
      Object.defineProperty(functions, name, { value: remote });
      return remote;
    },
    has: (_target, name) => typeof name === "string" && name !== "then" && name !== "toJSON",
  });
  return Object.create(missing) as Record<string, AnyFunction>;
}

/** A client whose `with(options)` gives the same functions under these options; `bind` makes the methods for them. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names its options, and TypeScript checks `bind`
export function boundClient<Options>(bind: (options: Options | undefined) => RemoteMethods): unknown {
  const withOptions = (options: Options): unknown => remoteFunctions(bind(options));
  return Object.defineProperty(remoteFunctions(bind(undefined)), "with", { value: withOptions });
}

/** A typed client over a channel. */
export function typedClient<Implementation>(channel: Channel): TypedClient<Implementation> {
  const client = boundClient<CallOptions>(
    (options = {}) =>
      (method) =>
        methodByName(channel, method, options),
  );
  return client as TypedClient<Implementation>;
}
