import type { Taken } from "../connection/message-reader.js";
import { Failure } from "../wire/failure.js";
import { cancelledBy } from "./cancellation.js";
import type { Outcome } from "./client-call.js";
import { IncomingStream } from "./incoming-stream.js";
import type { StreamCall } from "./stream-call.js";

/**
 * The messages of a server stream, as they come: `for await (const grade of grading.watchGrades(3))`. Like a generator it can
 * be read once. It opens at the first `next()`, and not before; leaving the loop, or `return()`, ends it at the provider.
 * Messages that were not taken hold the provider back.
 *
 * `next()` fails as a call does; `unavailable` where the connection was lost (reason CONNECTION_LOST) or the instance is
 * leaving (DRAINING): then it may be opened again elsewhere. `deadline_exceeded` only where a deadline was given.
 */
export interface ServerStream<Message> extends AsyncIterableIterator<Message, undefined, undefined>, AsyncDisposable {
  return(): Promise<IteratorResult<Message, undefined>>;
}

/** A stream on its way through the client's stack. */
export interface OpeningStream {
  readonly call: StreamCall;
  /** An IncomingStream, or a Failure. */
  readonly outcome: Outcome;
}

type StreamState =
  | { kind: "idle" }
  | { kind: "opening"; call: StreamCall; opened: Promise<void> }
  | { kind: "open"; incoming: IncomingStream; forget: () => void }
  | { kind: "over"; failure?: Failure };

/** A ServerStream over whatever opens it. */
export class RemoteStream implements ServerStream<unknown> {
  readonly #open: () => OpeningStream;
  #state: StreamState = { kind: "idle" };

  constructor(open: () => OpeningStream) {
    this.#open = open;
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#state.kind === "idle") this.#begin();
    if (this.#state.kind === "opening") await this.#state.opened;
    const taken = await this.#take();
    if (taken instanceof Failure) throw taken.toError();
    return taken;
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    const state = this.#state;
    this.#over();
    if (state.kind === "opening") state.call.cancel(new Failure("cancelled", `${state.call.name} was given up`));
    else if (state.kind === "open") state.incoming.leave();
    return done;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #begin(): void {
    const { call, outcome } = this.#open();
    this.#state = { kind: "opening", call, opened: this.#opened(call, outcome) };
  }

  async #opened(call: StreamCall, eventual: Outcome): Promise<void> {
    const outcome = await eventual;
    if (this.#state.kind !== "opening") {
      if (outcome instanceof IncomingStream) outcome.leave(); // the reader has gone meanwhile
    } else if (outcome instanceof IncomingStream) this.#adopt(call, outcome);
    else this.#over(outcome as Failure);
  }

  /** From here on nobody else looks after its cancellation; what happened since its attempt ended counts as well. */
  #adopt(call: StreamCall, incoming: IncomingStream): void {
    const { ambient, options } = call;
    const cancelled = (): void => incoming.leave(cancelledBy(call));
    options.signal?.addEventListener("abort", cancelled, { once: true });
    const forgetAmbient = ambient?.onAborted(cancelled);
    const forget = (): void => {
      options.signal?.removeEventListener("abort", cancelled);
      forgetAmbient?.();
    };
    this.#state = { kind: "open", incoming, forget };
    if (options.signal?.aborted || ambient?.aborted) cancelled();
  }

  async #take(): Promise<Taken> {
    if (this.#state.kind === "open") {
      const taken = await this.#state.incoming.take();
      if (taken instanceof Failure || taken.done) this.#over();
      return taken;
    }
    const failure = this.#state.kind === "over" ? this.#state.failure : undefined;
    this.#over();
    return failure ?? done;
  }

  #over(failure?: Failure): void {
    if (this.#state.kind === "open") this.#state.forget();
    this.#state = failure ? { kind: "over", failure } : { kind: "over" };
  }
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };
