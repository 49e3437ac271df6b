import { decodeValue } from "../wire/codec.js";
import type { Failure } from "../wire/failure.js";
import { frameKinds } from "../wire/frame.js";
import { Line } from "./line.js";
import type { Link } from "./link.js";
import { ReadWindow } from "./window.js";

/** What a reader gets: a message, the end, or why it ended. */
export type Taken = IteratorResult<unknown, undefined> | Failure;

type ReaderState =
  | { kind: "open" }
  /** Nothing comes any more. What came before may not have been taken; `failure` is told behind it, once. */
  | { kind: "ended"; failure: Failure | undefined };

export interface ReaderParts {
  /** The stream that the messages come by. */
  readonly id: number;
  readonly link: Link;
  /** A message that was to be taken is no value: the owner ends the stream, and says what its taker is told. */
  readonly unreadable: (thrown: unknown) => Failure;
}

/**
 * Messages of a stream as they came, undecoded, until somebody takes them; only then they count as read. So what waits is never
 * more than the window and one message. Owned by the end of the stream that reads.
 */
export class MessageReader {
  readonly #parts: ReaderParts;
  readonly #window = new ReadWindow();
  readonly #untaken = new Line();
  #takers: ((taken: Taken) => void)[] = [];
  #state: ReaderState = { kind: "open" };

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  /** It has ended, and all was told: there is nothing to be had any more. */
  get isSpent(): boolean {
    return this.#state.kind === "ended" && this.#state.failure === undefined && this.#untaken.bytes === 0;
  }

  /** The next message, once it is there. */
  take(): Taken | Promise<Taken> {
    const bytes = this.#untaken.shift();
    if (bytes) return this.#read(bytes, 0, bytes.length);
    if (this.#state.kind === "ended") return this.#last();
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** A message has come. Throws where it had no credit: that ends the connection. */
  arrived(bytes: Buffer, start: number, end: number): void {
    this.#window.arrived(end - start, this.#parts.id);
    const taker = this.#takers.shift();
    if (taker) taker(this.#read(bytes, start, end));
    else this.#untaken.push(Buffer.from(bytes.subarray(start, end)));
  }

  /** Nobody wants what came. */
  clear(): void {
    this.#untaken.clear();
  }

  /** Nothing comes any more; `failure` is told behind what came. A later word takes the place of an earlier one. */
  end(failure: Failure | undefined): void {
    this.#state = { kind: "ended", failure };
    const takers = this.#takers;
    this.#takers = [];
    for (const taker of takers) taker(this.#last());
  }

  #read(bytes: Buffer, start: number, end: number): Taken {
    const { id, link, unreadable } = this.#parts;
    let value: unknown;
    try {
      value = decodeValue(bytes, start, end);
    } catch (thrown) {
      return unreadable(thrown); // the value is bad, the frames are not: the connection lives
    }
    const credit = this.#window.read(end - start);
    if (credit && this.#state.kind === "open") link.control(frameKinds.credit, id, credit);
    return { value, done: false };
  }

  #last(): Taken {
    const failure = this.#state.kind === "ended" ? this.#state.failure : undefined;
    this.#state = { kind: "ended", failure: undefined };
    return failure ?? { value: undefined, done: true };
  }
}
