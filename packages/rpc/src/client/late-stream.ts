import type { ServerStream } from "./server-stream.js";

type LateState = { kind: "idle" } | { kind: "found"; stream: Promise<ServerStream<unknown>> } | { kind: "over" };

/** A stream of a service that is looked for when the stream is first read. */
export class LateStream implements ServerStream<unknown> {
  readonly #find: () => Promise<ServerStream<unknown>>;
  #state: LateState = { kind: "idle" };

  constructor(find: () => Promise<ServerStream<unknown>>) {
    this.#find = find;
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#state.kind === "over") return done;
    if (this.#state.kind === "idle") this.#state = { kind: "found", stream: this.#find() };
    try {
      const stream = await this.#state.stream;
      return this.#wasLeft ? done : await stream.next();
    } catch (thrown) {
      this.#state = { kind: "over" };
      throw thrown;
    }
  }

  /** Asked anew after each wait. */
  get #wasLeft(): boolean {
    return this.#state.kind === "over";
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    const state = this.#state;
    this.#state = { kind: "over" };
    // its own end ends what waits on it, also where it has not begun
    if (state.kind === "found") void state.stream.then((stream) => stream.return()).catch(() => {});
    return done;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };
