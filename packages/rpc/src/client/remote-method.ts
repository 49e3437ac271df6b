import { SkylarkError } from "@skylark/core";
import type { MethodShape } from "../wire/handshake.js";
import type { Channel, StreamOptions } from "./channel.js";
import type { CallOptions } from "./client-call.js";
import type { ServerStream } from "./server-stream.js";

/** A method of a service elsewhere. */
export interface RemoteMethod {
  /** Answers with a promise, a stream, or both where nobody knows yet which it is. */
  readonly call: (args: unknown[]) => unknown;
  /** Ends when it was sent. */
  readonly oneWay: (args: unknown[]) => Promise<void>;
}

/**
 * A method of which only the name is known. Once an instance is connected its method table tells the shape; before that an
 * answer is both, and becomes what it is taken for.
 */
export function methodByName(
  channel: Channel,
  method: string,
  callOptions: CallOptions,
  streamOptions: StreamOptions = callOptions,
): RemoteMethod {
  let shape = channel.shapeOf(method);
  const call = (args: unknown[]): unknown => {
    shape ??= channel.shapeOf(method);
    if (shape === "unary") return channel.call(method, args, callOptions);
    const stream = channel.stream(method, args, streamOptions);
    if (shape === "server-stream") return stream;
    const answer = (): Promise<unknown> => channel.call(method, args, callOptions);
    return answerOrStream(answer, stream, () => channel.shapeOf(method));
  };
  return { call, oneWay: (args) => channel.oneWay(method, args, callOptions) };
}

/**
 * The promise of an answer that can be iterated as well. The call is made at once, as any call is, and the stream opened when
 * it is read: what the method is not, is refused before anything is sent. Where it is a stream, the promise resolves with
 * it, as awaiting a generator gives the generator. `shape`: what is known of it by the time the call has ended.
 */
export function answerOrStream(
  call: () => Promise<unknown>,
  stream: ServerStream<unknown>,
  shape: () => MethodShape | undefined,
): unknown {
  const answer = answerOf(call, stream, () => {
    if (shape() === undefined) ignore(answer); // it may be a stream that is read later
  });
  const iterated = (): ServerStream<unknown> => {
    ignore(answer); // whoever reads the stream learns from it what fails
    return stream;
  };
  return Object.defineProperties(answer, {
    next: { value: () => iterated().next() },
    return: { value: () => iterated().return() },
    [Symbol.asyncIterator]: { value: iterated },
    [Symbol.asyncDispose]: { value: () => iterated()[Symbol.asyncDispose]() },
  });
}

/** A promise of the language's own, with nothing between it and the call: errors keep the stack of whoever awaits. */
async function answerOf(
  call: () => Promise<unknown>,
  stream: ServerStream<unknown>,
  failed: () => void,
): Promise<unknown> {
  try {
    return await call();
  } catch (thrown) {
    if (SkylarkError.from(thrown).reason === "WRONG_SHAPE") return stream;
    failed();
    throw thrown;
  }
}

/** Where it fails and nobody awaits it, that is no mistake. */
function ignore(answer: Promise<unknown>): void {
  answer.catch(() => {});
}
