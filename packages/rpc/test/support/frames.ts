import { frameHeaderBytes, preface, writeFrameHeader } from "../../src/wire/frame.js";

export interface Frame {
  readonly kind: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export function frame(kind: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const bytes = Buffer.alloc(frameHeaderBytes + payload.length);
  writeFrameHeader(bytes, 0, kind, stream, payload.length);
  bytes.set(payload, frameHeaderBytes);
  return bytes;
}

/** The frames of whole bytes, read without the code under test. `prefaced`: they begin with the preface. */
export function framesOf(bytes: Buffer, prefaced = false): Frame[] {
  const frames: Frame[] = [];
  let at = prefaced ? preface.length : 0;
  while (at + frameHeaderBytes <= bytes.length) {
    const start = at + frameHeaderBytes;
    const end = start + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    frames.push({
      kind: bytes[at + 3] as number,
      stream: bytes.readUInt32BE(at + 4),
      payload: bytes.subarray(start, end),
    });
    at = end;
  }
  return frames;
}

/** Bytes of a length that no two places share by accident. */
export function patterned(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (Math.imul(seed, 2_654_435_761) + 1) >>> 0;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
