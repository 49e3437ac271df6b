import type { Wire } from "@skylark/rpc/internal";
import { expect } from "vitest";
import { decodeNext, decodeValue } from "../../src/wire/codec.js";
import { decodeFailure } from "../../src/wire/failure.js";
import { frameKinds, moreFlag, preface } from "../../src/wire/frame.js";
import { requestFlags, requestHeadBytes } from "../../src/wire/request.js";
import { type Frame, frame, framesOf } from "../support/frames.js";
import { until } from "../support/until.js";
import type { Heard, SaidFrame } from "./conversation.js";
import { bytesOf, described, revived } from "./described.js";

/** Plays one side of a conversation over a wire: says frames, and waits for the messages that must come. */
export class Player {
  readonly #wire: Wire;
  readonly #heard: Frame[] = [];
  readonly #parts = new Map<number, Frame>();
  /** Streams that the other side chose, by the names that the conversation gives them. */
  readonly #named = new Map<string, number>();
  #bytes: Buffer = Buffer.alloc(0);
  #prefaced = false;
  #isClosed = false;

  constructor(wire: Wire) {
    this.#wire = wire;
    wire.onData = (chunk) => this.#take(chunk);
    wire.onClose = () => {
      this.#isClosed = true;
    };
    wire.write(preface);
  }

  say(frames: readonly SaidFrame[]): void {
    const bytes = frames.map(({ kind, stream, payload }) => frame(kind, this.#id(stream), bytesOf(payload)));
    this.#wire.write(Buffer.concat(bytes));
  }

  /** Waits for the next message on a stream, and looks at it. On stream 0, and where the name is new, for the next of its kind. */
  async hear(wanted: Heard): Promise<void> {
    const kind = frameKinds[wanted.kind.toLowerCase() as keyof typeof frameKinds];
    for (;;) {
      const next = await this.#next(kind, wanted.stream);
      const passedOver = next.kind === frameKinds.message || next.kind === frameKinds.credit;
      if (wanted.behind === "messages" && passedOver && next.kind !== kind) continue;
      expect(next.kind, `stream ${wanted.stream} has frame kind ${next.kind} where ${wanted.kind} belongs`).toBe(kind);
      if (typeof wanted.stream === "string") this.#named.set(wanted.stream, next.stream);
      expectSaid(next, wanted);
      return;
    }
  }

  expectQuiet(stream: number): void {
    expect(this.#heard.filter((each) => each.stream === stream)).toEqual([]);
  }

  async closed(): Promise<void> {
    await until(() => this.#isClosed);
  }

  hangUp(): void {
    this.#wire.destroy();
  }

  async #next(kind: number, stream: number | string): Promise<Frame> {
    const id = typeof stream === "number" ? stream : this.#named.get(stream);
    const fits = (each: Frame): boolean => (id === undefined || id === 0 ? each.kind === kind : each.stream === id);
    await until(() => this.#heard.some(fits) || this.#isClosed);
    const at = this.#heard.findIndex(fits);
    const [next] = at === -1 ? [] : this.#heard.splice(at, 1);
    if (!next) throw new Error(`the connection was closed before frame kind ${kind} came on stream ${stream}`);
    return next;
  }

  #id(stream: number | string): number {
    const id = typeof stream === "number" ? stream : this.#named.get(stream);
    if (id === undefined) throw new Error(`the conversation knows no stream "${stream}" yet`);
    return id;
  }

  #take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (!this.#prefaced) {
      if (this.#bytes.length < preface.length) return;
      expect(this.#bytes.subarray(0, preface.length)).toEqual(Buffer.from(preface));
      this.#bytes = this.#bytes.subarray(preface.length);
      this.#prefaced = true;
    }
    for (const each of framesOf(this.#bytes)) {
      this.#bytes = this.#bytes.subarray(8 + each.payload.length);
      this.#assemble({ ...each, payload: Buffer.from(each.payload) });
    }
  }

  #assemble(piece: Frame): void {
    const begun = this.#parts.get(piece.stream);
    const plain = piece.kind & ~moreFlag;
    const whole: Frame =
      plain === frameKinds.fragment && begun
        ? { ...begun, payload: Buffer.concat([begun.payload, piece.payload]) }
        : { ...piece, kind: plain };
    if (piece.kind & moreFlag) this.#parts.set(piece.stream, whole);
    else {
      if (plain === frameKinds.fragment) this.#parts.delete(piece.stream);
      if (plain === frameKinds.ping) this.#wire.write(frame(frameKinds.pong, piece.stream));
      else this.#heard.push(whole);
    }
  }
}

function expectSaid(message: Frame, { kind: _kind, stream: _stream, behind: _behind, ...wanted }: Heard): void {
  if (Object.keys(wanted).length === 0) return;
  const said: Readonly<Record<string, unknown>> = meaningOf(message);
  for (const [field, value] of Object.entries(wanted)) {
    // of a map on the connection other keys may be there; what users sent is the same to the byte
    if (message.stream === 0) expect({ [field]: said[field] }).toMatchObject({ [field]: revived(value) });
    else expect(described(said[field]), field).toEqual(value);
  }
}

function meaningOf({ kind, payload }: Frame): Readonly<Record<string, unknown>> {
  if (kind === frameKinds.failure || kind === frameKinds.goodbye) {
    const { code, message, options } = decodeFailure(payload, 0, payload.length);
    return { code, message, ...options };
  }
  if (kind === frameKinds.credit) return { value: payload.readUInt32BE(0) };
  if (kind !== frameKinds.request) return { value: decodeValue(payload, 0, payload.length) };
  const ended = { at: requestHeadBytes };
  if (payload.readUInt8(3) & requestFlags.metadata) decodeNext(payload, requestHeadBytes, payload.length, ended);
  return { method: payload.readUInt16BE(0), arguments: decodeValue(payload, ended.at, payload.length) };
}
