import { SkylarkError } from "@skylark/core";
import type { Encoded } from "./codec.js";
import { frameHeaderBytes, frameKinds, moreFlag, preface, wireLimits, writeFrameHeader } from "./frame.js";
import type { Slab } from "./slab.js";

/** Where an outbox sends its bytes. */
export interface OutboxTarget {
  write(bytes: Uint8Array): boolean;
  readonly backedUp: boolean;
  readonly unsentBytes: number;
}

interface LargeMessage {
  kind: number;
  readonly payload: Buffer;
  sent: number;
}

/**
 * Everything a connection sends passes here. Small frames gather during a tick and leave together; a message longer than a
 * fragment waits in its stream's own line, and the lines take turns, so that nothing small waits for something large.
 */
export class Outbox {
  readonly #target: OutboxTarget;
  readonly #slab: Slab;
  readonly #soon: (run: () => void) => void;
  readonly #later: (run: () => void) => void;
  readonly #lines = new Map<number, LargeMessage[]>();
  #largeBytes = 0;
  #buffer: Buffer | undefined;
  #start = 0;
  #end = 0;
  #earlier: Buffer[] = [];
  #scheduled = false;
  #closed = false;

  /** `soon` runs at the end of this tick, `later` after others had theirs. */
  constructor(target: OutboxTarget, slab: Slab, soon: (run: () => void) => void, later: (run: () => void) => void) {
    this.#target = target;
    this.#slab = slab;
    this.#soon = soon;
    this.#later = later;
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
    copy(value, buffer, at);
    this.#advance(frameHeaderBytes + payloadBytes);
  }

  /** Behind the messages of its stream, where some wait. */
  inOrder(kind: number, stream: number, payload?: Buffer): void {
    const line = this.#lines.get(stream);
    if (line) line.push({ kind, payload: payload ?? empty, sent: 0 });
    else this.frame(kind, stream, payload);
  }

  /** Forgets what waits for a stream that was given up. */
  forget(stream: number): void {
    const line = this.#lines.get(stream);
    if (!line) return;
    for (const message of line) this.#largeBytes -= message.payload.length - message.sent;
    this.#lines.delete(stream);
  }

  /** Writes what has gathered, and fragments as long as the other side keeps up. */
  flush(): void {
    this.#scheduled = false;
    if (this.#closed) return;
    this.#write();
    if (this.#lines.size > 0) this.#fragments();
  }

  close(): void {
    this.#closed = true;
    this.#lines.clear();
    if (this.#buffer) this.#slab.holders--;
    this.#buffer = undefined;
    this.#earlier = [];
  }

  #claim(bytes: number): void {
    const slab = this.#slab;
    slab.reserve(bytes);
    if (this.#buffer === slab.buffer && this.#end === slab.used) return;
    if (this.#buffer) this.#earlier.push(this.#buffer.subarray(this.#start, this.#end));
    else slab.holders++;
    this.#buffer = slab.buffer;
    this.#start = slab.used;
    this.#end = slab.used;
  }

  #advance(bytes: number): void {
    this.#end += bytes;
    this.#slab.used = this.#end;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    this.#soon(this.#flushBound);
  }

  readonly #flushBound = (): void => this.flush();

  #write(): void {
    if (!this.#buffer) return;
    let taken = true;
    for (const bytes of this.#earlier) taken = this.#target.write(bytes) && taken;
    if (this.#earlier.length > 0) this.#earlier = [];
    taken = this.#target.write(this.#buffer.subarray(this.#start, this.#end)) && taken;
    const slab = this.#slab;
    slab.holders--;
    if (!taken) slab.replace();
    else if (slab.holders === 0) slab.used = 0;
    this.#buffer = undefined;
  }

  #queue(kind: number, stream: number, head: Buffer | undefined, value: Encoded): void {
    const body = value.bytes.subarray(value.start, value.end);
    const payload = head ? Buffer.concat([head, body]) : Buffer.from(body);
    if (this.#largeBytes + this.#target.unsentBytes + payload.length > wireLimits.outboxBytesMax) {
      throw new SkylarkError(
        "resource_exhausted",
        `the peer does not read: ${this.#largeBytes + this.#target.unsentBytes} bytes wait already (limit ${wireLimits.outboxBytesMax})`,
        { notExecuted: true },
      );
    }
    this.#largeBytes += payload.length;
    const line = this.#lines.get(stream);
    if (line) line.push({ kind, payload, sent: 0 });
    else this.#lines.set(stream, [{ kind, payload, sent: 0 }]);
    this.#schedule();
  }

  /** One round after another, a fragment a line, until the other side is behind or others should have a turn. */
  #fragments(): void {
    for (let round = 0; round < roundsPerTurn && this.#lines.size > 0; round++) {
      for (const [stream, line] of this.#lines) {
        if (this.#target.backedUp) return; // `flush` is called again when it has drained
        this.#fragment(stream, line);
      }
      this.#write();
    }
    if (this.#lines.size > 0) this.#later(this.#flushBound);
  }

  #fragment(stream: number, line: LargeMessage[]): void {
    const message = line[0] as LargeMessage;
    const end = Math.min(message.sent + wireLimits.fragmentBytes, message.payload.length);
    const more = end < message.payload.length ? moreFlag : 0;
    this.#scheduled = true; // the caller writes; no flush of its own
    this.frame(message.kind | more, stream, message.payload.subarray(message.sent, end));
    this.#scheduled = false;
    this.#largeBytes -= end - message.sent;
    message.sent = end;
    message.kind = frameKinds.fragment;
    if (more) return;
    line.shift();
    if (line.length === 0) this.#lines.delete(stream);
  }
}

const roundsPerTurn = 16;
const empty = Buffer.alloc(0);

/** Below this, a loop beats the call into the runtime. */
const copyByHandBytes = 64;

function copy(value: Encoded, into: Buffer, at: number): void {
  const { bytes, start, end } = value;
  if (end - start > copyByHandBytes) {
    bytes.copy(into, at, start, end);
    return;
  }
  let target = at;
  for (let source = start; source < end; source++) into[target++] = bytes[source] as number;
}
