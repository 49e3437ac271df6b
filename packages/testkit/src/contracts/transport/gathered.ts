import { type Deferred, deferred } from "@skylark/core/internal";
import type { Wire } from "@skylark/rpc/internal";
import { expect } from "vitest";

export interface Gathered {
  readonly closes: number;
  readonly closed: Promise<Error | undefined>;
  gathered(): Buffer;
  /** The first so many bytes, once they are there. */
  bytes(count: number): Promise<Buffer>;
}

export function gather(wire: Wire): Gathered {
  const chunks: Buffer[] = [];
  const closed = deferred<Error | undefined>();
  let length = 0;
  let closes = 0;
  let wanted: { count: number; arrived: Deferred<Buffer> } | undefined;
  const tell = (): void => {
    if (wanted && length >= wanted.count) wanted.arrived.resolve(Buffer.concat(chunks).subarray(0, wanted.count));
  };
  wire.onData = (chunk) => {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    tell();
  };
  wire.onClose = (cause) => {
    closes++;
    closed.resolve(cause);
  };
  return {
    get closes() {
      return closes;
    },
    closed: closed.promise,
    gathered: () => Buffer.concat(chunks),
    bytes(count) {
      wanted = { count, arrived: deferred<Buffer>() };
      tell();
      return wanted.arrived.promise;
    },
  };
}

/** Byte for byte, without building a comparison of megabytes. */
export function expectSame(actual: Buffer, expected: Buffer): void {
  expect(actual.length).toBe(expected.length);
  expect(actual.equals(expected), "the bytes differ").toBe(true);
}

/** Bytes that are the same for the same seed and repeat in no simple way. */
export function pattern(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** In pieces of one byte to some thousands. */
export function* cut(bytes: Buffer): Generator<Buffer> {
  let at = 0;
  for (let size = 1; at < bytes.length; size = (size * 3 + 1) % 10_007) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
