import type { SkylarkError } from "@skylark/core";
import { frameHeaderBytes, preface, wireLimits } from "./frame.js";
import { protocolError } from "./protocol-error.js";

/** Takes frames as they are found. `bytes` is valid during the call only. */
export interface FrameSink {
  frame(kind: number, stream: number, bytes: Buffer, start: number, end: number): void;
}

/** Finds frames in whatever pieces the transport hands over, in place where it can. */
export class FrameReader {
  readonly #sink: FrameSink;
  #rest: Buffer | undefined;
  #prefaceSeen = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Throws `invalid_argument` with reason PROTOCOL where the peer does not speak the protocol. */
  push(chunk: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    let at = 0;
    if (!this.#prefaceSeen) {
      const compared = Math.min(bytes.length, preface.length);
      for (let index = 0; index < compared; index++) if (bytes[index] !== preface[index]) throw notOurs(bytes);
      if (bytes.length < preface.length) {
        this.#rest = bytes;
        return;
      }
      this.#prefaceSeen = true;
      at = preface.length;
    }
    at = this.#frames(bytes, at);
    if (at < bytes.length) this.#rest = at === 0 ? bytes : bytes.subarray(at);
  }

  #frames(bytes: Buffer, from: number): number {
    let at = from;
    while (bytes.length - at >= frameHeaderBytes) {
      const word = bytes.readUInt32BE(at);
      const length = word >>> 8;
      if (length > wireLimits.frameBytesMax) {
        throw protocolError(`a frame of ${length} bytes was announced; the limit is ${wireLimits.frameBytesMax}`);
      }
      const start = at + frameHeaderBytes;
      const end = start + length;
      if (end > bytes.length) break;
      this.#sink.frame(word & 0xff, bytes.readUInt32BE(at + 4), bytes, start, end);
      at = end;
    }
    return at;
  }
}

function notOurs(bytes: Buffer): SkylarkError {
  const seen = bytes
    .subarray(0, 16)
    .toString("latin1")
    .replace(/[^\x20-\x7e]/g, ".");
  return protocolError(`the peer does not speak Skylark's protocol: it began with ${JSON.stringify(seen)}`);
}
