import { SkylarkError } from "@skylark/core";
import { type Encoded, encodeValue, type ValueRole } from "./codec.js";
import { frameHeaderBytes, frameKinds, moreFlag, preface, wireLimits, writeFrameHeader } from "./frame.js";
import type { LargeMessage, LastWord } from "./large-message.js";
import type { Slab } from "./slab.js";

/** Where an outbox sends its bytes. */
export interface OutboxTarget {
  write(bytes: Uint8Array): boolean;
  readonly backedUp: boolean;
  readonly unsentBytes: number;
}

/** When an outbox has its turn. */
export interface OutboxTurns {
  /** At the end of this tick. */
  soon(run: () => void): void;
  /** After others had their turn. */
  later(run: () => void): void;
}

/**
 * Everything a connection sends passes here. Small frames gather during a tick and leave together; a message longer than a
 * fragment waits in its stream's own line, and the lines take turns, so that nothing small waits for something large.
 */
export class Outbox {
  readonly #target: OutboxTarget;
  readonly #slab: Slab;
  readonly #turns: OutboxTurns;
  readonly #mostBytes: number;
  readonly #lines = new Map<number, LargeMessage[]>();
  #lastWords: LastWord[] = [];
  #largeBytes = 0;
  #buffer: Buffer | undefined;
  #start = 0;
  #end = 0;
  #earlier: Buffer[] = [];
  #earlierBytes = 0;
  #soonAsked = false;
  #laterAsked = false;
  #closed = false;
  #emptied: (() => void) | undefined;

  /** `mostBytes`: what may wait for the other side to read. */
  constructor(target: OutboxTarget, slab: Slab, turns: OutboxTurns, mostBytes: number = wireLimits.outboxBytesMax) {
    this.#target = target;
    this.#slab = slab;
    this.#turns = turns;
    this.#mostBytes = mostBytes;
  }

  /** Bytes of large messages that have not been handed on. */
  get waitingBytes(): number {
    return this.#largeBytes;
  }

  /** Bytes of frames that gather until the end of this tick. */
  get gatheredBytes(): number {
    return this.#earlierBytes + (this.#buffer ? this.#end - this.#start : 0);
  }

  preface(): void {
    this.#claim(preface.length);
    this.#slab.buffer.set(preface, this.#end);
    this.#advance(preface.length);
  }

  /** A frame that overtakes every large message: control, or the whole of a small message. */
  frame(kind: number, stream: number, payload?: Uint8Array): void {
    const bytes = payload?.length ?? 0;
    this.#claim(frameHeaderBytes + bytes);
    const at = this.#end;
    writeFrameHeader(this.#slab.buffer, at, kind, stream, bytes);
    if (payload) this.#slab.buffer.set(payload, at + frameHeaderBytes);
    this.#advance(frameHeaderBytes + bytes);
  }

  /**
   * Encodes where the value will stand in its frame, behind `headBytes`, if it is short and if nothing is sent before its
   * message; else it is copied. Good until anything is encoded or sent.
   */
  encode(value: unknown, role: ValueRole, headBytes: number): Encoded {
    const slab = this.#slab;
    const { buffer } = slab;
    const start = slab.used + frameHeaderBytes + headBytes;
    const limit = Math.min(start + wireLimits.fragmentBytes - headBytes, buffer.length);
    if (!slab.lend()) return encodeValue(value, role);
    try {
      return encodeValue(value, role, buffer, start, limit);
    } finally {
      slab.giveBack(buffer);
    }
  }

  /** A message: `head` and then the encoded value. Keeps the order of its stream, and of no other. */
  message(kind: number, stream: number, head: Buffer | undefined, value: Encoded): void {
    const headBytes = head === undefined ? 0 : head.length;
    const valueBytes = value.end - value.start;
    const payloadBytes = headBytes + valueBytes;
    if (payloadBytes > wireLimits.fragmentBytes || (this.#lines.size > 0 && this.#lines.has(stream))) {
      this.#queue(kind, stream, head, value);
      return;
    }
    this.#claim(frameHeaderBytes + payloadBytes);
    const { buffer } = this.#slab;
    let at = this.#end;
    writeFrameHeader(buffer, at, kind, stream, payloadBytes);
    at += frameHeaderBytes;
    if (head !== undefined) for (let index = 0; index < headBytes; index++) buffer[at++] = head[index] as number;
    if (value.bytes !== buffer || value.start !== at) value.bytes.copy(buffer, at, value.start, value.end);
    this.#advance(frameHeaderBytes + payloadBytes);
  }

  /** Behind the messages of its stream, where some wait. */
  inOrder(kind: number, stream: number, payload?: Buffer): void {
    const line = this.#lines.get(stream);
    if (!line) return this.frame(kind, stream, payload);
    line.push({ kind, payload: payload ?? empty, sent: 0 });
    this.#largeBytes += payload?.length ?? 0;
  }

  /** Behind every message that waits now, whatever its stream: whoever reads it has read them. */
  behindAll(kind: number, payload: Buffer): void {
    const awaited = new Set([...this.#lines.values()].flat());
    if (awaited.size > 0) this.#lastWords.push({ awaited, kind, payload });
    else this.message(kind, 0, undefined, { bytes: payload, start: 0, end: payload.length });
  }

  /** Whether large messages of this stream wait. */
  holds(stream: number): boolean {
    return this.#lines.has(stream);
  }

  /** Calls `emptied` once, when everything has been handed to the target: now, where that is so. */
  whenEmpty(emptied: () => void): void {
    this.#emptied = emptied;
    this.flush();
  }

  /** Forgets what waits for a stream that was given up. */
  forget(stream: number): void {
    const line = this.#lines.get(stream);
    if (!line) return;
    this.#lines.delete(stream);
    for (const message of line) {
      this.#largeBytes -= message.payload.length - message.sent;
      this.#passed(message);
    }
  }

  /** Writes what has gathered, and fragments as long as the other side keeps up. */
  flush(): void {
    this.#soonAsked = false;
    if (this.#closed) return;
    this.#write();
    if (this.#lines.size > 0) this.#fragments();
    if (this.#emptied && this.#lines.size === 0 && !this.#buffer) {
      const emptied = this.#emptied;
      this.#emptied = undefined;
      emptied();
    }
  }

  close(): void {
    this.#closed = true;
    this.#lines.clear();
    this.#lastWords = [];
    this.#largeBytes = 0;
    if (this.#buffer) this.#slab.holders--;
    this.#buffer = undefined;
    this.#earlier = [];
    this.#earlierBytes = 0;
  }

  #claim(bytes: number): void {
    const slab = this.#slab;
    slab.reserve(bytes);
    if (this.#buffer === slab.buffer && this.#end === slab.used) return;
    if (this.#buffer) {
      this.#earlier.push(this.#buffer.subarray(this.#start, this.#end));
      this.#earlierBytes += this.#end - this.#start;
    } else slab.holders++;
    this.#buffer = slab.buffer;
    this.#start = slab.used;
    this.#end = slab.used;
  }

  #advance(bytes: number): void {
    this.#end += bytes;
    this.#slab.used = this.#end;
    this.#askSoon();
  }

  #askSoon(): void {
    if (this.#soonAsked || this.#closed) return;
    this.#soonAsked = true;
    this.#turns.soon(this.#flushSoon);
  }

  readonly #flushSoon = (): void => this.flush();

  readonly #flushLater = (): void => {
    this.#laterAsked = false;
    this.flush();
  };

  #write(): void {
    const buffer = this.#buffer;
    if (!buffer) return;
    const slab = this.#slab;
    slab.holders--;
    this.#buffer = undefined; // a write may end the connection, and with it this outbox
    const earlier = this.#earlier;
    if (earlier.length > 0) {
      this.#earlier = [];
      this.#earlierBytes = 0;
    }
    let taken = true;
    for (const bytes of earlier) taken = this.#target.write(bytes) && taken;
    taken = this.#target.write(buffer.subarray(this.#start, this.#end)) && taken;
    if (!taken) slab.replace();
    else if (slab.holders === 0) slab.rewind();
  }

  #queue(kind: number, stream: number, head: Buffer | undefined, value: Encoded): void {
    const body = value.bytes.subarray(value.start, value.end);
    const payload = head ? Buffer.concat([head, body]) : Buffer.from(body);
    const waiting = this.#largeBytes + this.#target.unsentBytes;
    if (waiting + payload.length > this.#mostBytes) {
      throw new SkylarkError(
        "resource_exhausted",
        `the other side does not read: ${waiting} bytes wait for it already (limit ${this.#mostBytes})`,
        { notExecuted: true },
      );
    }
    this.#largeBytes += payload.length;
    const line = this.#lines.get(stream);
    if (line) line.push({ kind, payload, sent: 0 });
    else this.#lines.set(stream, [{ kind, payload, sent: 0 }]);
    this.#askSoon();
  }

  /** A fragment a line, the lines in turns, until the other side is behind or others should have their turn. */
  #fragments(): void {
    for (let sent = 0; sent < fragmentsPerTurn; sent++) {
      if (sent % fragmentsPerWrite === 0) {
        this.#write();
        if (this.#target.backedUp) return; // `flush` is called again when it has drained
      }
      const next = this.#lines.entries().next();
      if (next.done) break;
      this.#fragment(...next.value);
    }
    this.#write();
    if (this.#lines.size === 0 || this.#laterAsked) return;
    this.#laterAsked = true;
    this.#turns.later(this.#flushLater);
  }

  #fragment(stream: number, line: LargeMessage[]): void {
    const message = line[0] as LargeMessage;
    const end = Math.min(message.sent + wireLimits.fragmentBytes, message.payload.length);
    const more = end < message.payload.length ? moreFlag : 0;
    this.#soonAsked = true; // the caller writes; no flush of its own
    this.frame(message.kind | more, stream, message.payload.subarray(message.sent, end));
    this.#soonAsked = false;
    this.#largeBytes -= end - message.sent;
    message.sent = end;
    message.kind = frameKinds.fragment;
    this.#lines.delete(stream);
    if (!more) line.shift();
    if (line.length > 0) this.#lines.set(stream, line); // behind all others: it has had its turn
    if (!more) this.#passed(message);
  }

  /** This message is out, or nobody wants it any more: who waited for the last such may go. */
  #passed(message: LargeMessage): void {
    if (this.#lastWords.length === 0) return;
    const waiting = this.#lastWords;
    this.#lastWords = [];
    for (const word of waiting) {
      word.awaited.delete(message);
      if (word.awaited.size > 0) this.#lastWords.push(word);
      else this.message(word.kind, 0, undefined, { bytes: word.payload, start: 0, end: word.payload.length });
    }
  }
}

const fragmentsPerTurn = 64;
/** Few enough that a small frame written next is not far behind, enough to spare system calls. */
const fragmentsPerWrite = 4;
const empty = Buffer.alloc(0);
