import { SkylarkError } from "@skylark/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Call } from "../call-context.js";
import type { MessageStream } from "../connection/message-stream.js";
import type { CallerIdentity } from "../wire/handshake.js";

/**
 * Until when a method may refuse a call with the promise that nothing ran. `when-it-says`: until it sets `started` on the call, for
 * those that hand it on. Default: `when-run`, not at all.
 */
export type Beginning = "when-run" | "when-it-says";

/** A method that answers once. */
export interface UnaryMethod {
  readonly shape: "unary";
  /** Making the call twice does no more than making it once: it may be retried even when it may have run. Default: false. */
  readonly idempotent: boolean;
  /** Calling it changes nothing: doors that tell reading from doing may offer it as reading. Default: false. */
  readonly readOnly?: boolean | undefined;
  readonly input?: StandardSchemaV1 | undefined;
  readonly output?: StandardSchemaV1 | undefined;
  /** For people; shown by introspection. */
  readonly description?: string | undefined;
  /** Changes when the contract does; empty or undefined without one. */
  readonly layout?: string | undefined;
  readonly begins?: Beginning | undefined;
  readonly run: (call: Call, args: unknown[]) => unknown;
}

/** A method that answers with any number of messages, as long as it likes. */
export interface ServerStreamMethod {
  readonly shape: "server-stream";
  /** It may be opened again elsewhere even when it may have run, as long as no message came of it. Default: false. */
  readonly idempotent: boolean;
  /** Calling it changes nothing: doors that tell reading from doing may offer it as reading. Default: false. */
  readonly readOnly?: boolean | undefined;
  readonly input?: StandardSchemaV1 | undefined;
  /** Of each message. */
  readonly message?: StandardSchemaV1 | undefined;
  readonly description?: string | undefined;
  readonly layout?: string | undefined;
  readonly begins?: Beginning | undefined;
  /** Its messages are asked for one at a time, while the caller takes them; it is left by `return()`. */
  readonly open: (call: Call, args: unknown[]) => AsyncIterable<unknown>;
}

/** A method that is a conversation. */
export interface StreamMethod {
  readonly shape: "stream";
  readonly layout?: string | undefined;
  readonly description?: string | undefined;
  readonly open: (stream: MessageStream, caller: CallerIdentity) => void;
}

/** What one request begins: a call or a server stream. */
export type RequestedMethod = UnaryMethod | ServerStreamMethod;

export type Method = RequestedMethod | StreamMethod;

/** A service as a server offers it. */
export interface Service {
  readonly name: string;
  readonly version: string;
  readonly methods: ReadonlyMap<string, Method>;
  /** Ends what its methods need. Whoever offers it calls this once it has left. */
  readonly close?: () => Promise<void>;
}

/** Names that are never offered: the language itself calls them, or their owner says that they are private. */
export function isPublicName(name: string): boolean {
  return name !== "then" && name !== "constructor" && name !== "toJSON" && !name.startsWith("_");
}

/**
 * The functions of a plain module, object or class instance as methods: its own, and those of its class and the classes
 * above it; async generator functions as server streams. Nothing inherited from Object is offered, no getter is asked but those of a module, and a class is no function.
 * `invalid_argument` where nothing is left.
 */
export function methodsOf(implementation: object): Map<string, Method> {
  const methods = new Map<string, Method>();
  const seen = new Set<string>(); // what a level defines hides what those above it define, whatever it is
  for (let level: object | null = implementation; level && !ownedByLanguage.has(level); ) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (seen.has(name)) continue;
      seen.add(name);
      const value: unknown = isModule(level) ? (property.get?.call(level) ?? property.value) : property.value;
      if (!isFunction(value) || !isPublicName(name)) continue;
      methods.set(name, plainMethod(value, implementation));
    }
    level = Object.getPrototypeOf(level) as object | null;
  }
  if (methods.size > 0) return methods;
  throw new SkylarkError("invalid_argument", "the implementation has no public function to offer");
}

function plainMethod(value: AnyFunction, implementation: object): Method {
  if (!isAsyncGenerator(value)) {
    return { shape: "unary", idempotent: false, run: (_call, args) => value.apply(implementation, args) };
  }
  return { shape: "server-stream", idempotent: false, open: (_call, args) => value.apply(implementation, args) };
}

type AnyFunction = (...args: unknown[]) => unknown;
type AnyAsyncGenerator = (...args: unknown[]) => AsyncIterable<unknown>;

function isAsyncGenerator(value: AnyFunction): value is AnyAsyncGenerator {
  return Object.prototype.toString.call(value) === "[object AsyncGeneratorFunction]";
}

const ownedByLanguage: ReadonlySet<object> = new Set([Object.prototype, Function.prototype]);

/** Compilers and test runners make modules whose exports are getters; those have no effects. */
function isModule(value: object): boolean {
  return Object.prototype.toString.call(value) === "[object Module]" || Object.hasOwn(value, "__esModule");
}

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === "function" && !/^class\b/.test(Function.prototype.toString.call(value));
}
