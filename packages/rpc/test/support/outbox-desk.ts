import { expect } from "vitest";
import { frameKinds, moreFlag } from "../../src/wire/frame.js";
import { Outbox } from "../../src/wire/outbox.js";
import { Slab } from "../../src/wire/slab.js";
import { type Frame, framesOf } from "./frames.js";

/** A target that behaves like a socket: it may keep references instead of copying, and then be behind. */
class Target {
  /** Whether writes are taken at once. */
  takes = true;
  backedUp = false;
  unsentBytes = 0;
  writes = 0;
  readonly #pieces: Uint8Array[] = [];

  write(bytes: Uint8Array): boolean {
    this.writes++;
    if (this.takes) {
      this.#pieces.push(Buffer.from(bytes));
      return true;
    }
    this.#pieces.push(bytes); // read later: whoever overwrites it meanwhile is found out
    this.unsentBytes += bytes.length;
    this.backedUp = this.unsentBytes > 16_384;
    return false;
  }

  /** What it kept is out now. */
  drain(): void {
    for (const [at, piece] of this.#pieces.entries()) this.#pieces[at] = Buffer.from(piece);
    this.unsentBytes = 0;
    this.backedUp = false;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  get frames(): Frame[] {
    return framesOf(this.bytes);
  }
}

/** Turns that come when told. */
class Turns {
  #soon: (() => void)[] = [];
  #later: (() => void)[] = [];

  soon = (run: () => void): void => void this.#soon.push(run);
  later = (run: () => void): void => void this.#later.push(run);

  get waiting(): number {
    return this.#soon.length + this.#later.length;
  }

  tick(): void {
    const due = this.#soon;
    this.#soon = [];
    for (const run of due) run();
  }

  all(): void {
    while (this.waiting > 0) {
      const due = [...this.#soon, ...this.#later];
      this.#soon = [];
      this.#later = [];
      for (const run of due) run();
    }
  }
}

export function desk(slab = new Slab(), mostBytes?: number) {
  const target = new Target();
  const turns = new Turns();
  const outbox = new Outbox(target, slab, turns, mostBytes);
  const message = (stream: number, payload: Buffer, head?: Buffer): void =>
    outbox.message(frameKinds.message, stream, head, { bytes: payload, start: 0, end: payload.length });
  return { target, turns, outbox, slab, message };
}

/** Messages put together again, in the order in which they were whole. */
export function assembled(frames: readonly Frame[]): { stream: number; kind: number; payload: Buffer }[] {
  const partial = new Map<number, { kind: number; pieces: Buffer[] }>();
  const whole: { stream: number; kind: number; payload: Buffer }[] = [];
  for (const { kind, stream, payload } of frames) {
    const plain = kind & ~moreFlag;
    const begun = plain === frameKinds.fragment ? partial.get(stream) : { kind: plain, pieces: [] };
    if (!begun) throw new Error(`a fragment of nothing on stream ${stream}`);
    begun.pieces.push(payload);
    if (kind & moreFlag) partial.set(stream, begun);
    else {
      partial.delete(stream);
      whole.push({ stream, kind: begun.kind, payload: Buffer.concat(begun.pieces) });
    }
  }
  expect(partial.size).toBe(0);
  return whole;
}
