import type { Socket } from "node:net";

/** What a lane does with what comes in. */
export type LaneMode = "pass" | "hold" | "drop";

type Item =
  | { readonly kind: "bytes"; readonly dueAt: number; readonly bytes: Buffer }
  /** The sender says no more; or is gone without a word. */
  | { readonly kind: "end" | "reset"; readonly dueAt: number };

/** What is held before the sender is made to wait, as a receiver's full buffer would. */
const heldBytesMax = 1024 * 1024;

/** One direction of one connection: what goes in comes out in order, later, or not at all. */
export class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  #items: Item[] = [];
  #heldBytes = 0;
  #lastDueAt = 0;
  #mode: LaneMode;
  #timer: NodeJS.Timeout | undefined;
  #lost = 0;

  constructor(from: Socket, to: Socket, mode: LaneMode) {
    this.#from = from;
    this.#to = to;
    this.#mode = mode;
  }

  /** Bytes that were dropped: what follows them means nothing to the receiver. */
  get lostBytes(): number {
    return this.#lost;
  }

  set mode(mode: LaneMode) {
    this.#mode = mode;
    this.#pump();
  }

  push(bytes: Buffer, delayMs: number): void {
    if (this.#mode === "drop") {
      this.#lost += bytes.length;
      return;
    }
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > heldBytesMax) this.#from.pause();
    this.#items.push({ kind: "bytes", bytes, dueAt: this.#due(delayMs) });
    this.#pump();
  }

  finish(kind: "end" | "reset", delayMs: number): void {
    this.#items.push({ kind, dueAt: this.#due(delayMs) });
    this.#pump();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#items = [];
  }

  #due(delayMs: number): number {
    this.#lastDueAt = Math.max(this.#lastDueAt, performance.now() + delayMs);
    return this.#lastDueAt;
  }

  #pump(): void {
    clearTimeout(this.#timer);
    if (this.#mode === "hold") return;
    const now = performance.now();
    for (let item = this.#items[0]; item; item = this.#items[0]) {
      if (item.dueAt > now) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(item.dueAt - now));
        return;
      }
      this.#items.shift();
      this.#pass(item);
    }
  }

  #pass(item: Item): void {
    if (item.kind === "bytes") {
      this.#heldBytes -= item.bytes.length;
      this.#to.write(item.bytes);
      if (this.#heldBytes <= heldBytesMax) this.#from.resume();
    } else if (item.kind === "end") this.#to.end();
    else this.#to.destroy();
  }
}
