import { describe, expect, it } from "vitest";
import { Assembly } from "../../src/connection/assembly.js";
import { frameKinds, moreFlag, wireLimits } from "../../src/wire/frame.js";
import { patterned } from "../support/frames.js";

const protocolError = expect.objectContaining({ code: "invalid_argument", reason: "PROTOCOL" });
const more = (kind: number): number => kind | moreFlag;

function assembly(messageBytesMax: number, expects: (kind: number, stream: number) => boolean = () => true) {
  const whole: { kind: number; stream: number; payload: Buffer }[] = [];
  const taking = new Assembly(messageBytesMax, {
    expects,
    received: (kind, stream, bytes, start, end) => {
      whole.push({ kind, stream, payload: Buffer.from(bytes.subarray(start, end)) });
    },
  });
  return { whole, take: taking.take.bind(taking), forget: taking.forget.bind(taking) };
}

describe("Assembly", () => {
  it("RPC-LARGE-1 puts the fragments of interleaved messages together", () => {
    const { whole, take } = assembly(1000);
    take(more(frameKinds.request), 1, patterned(100, 1));
    take(more(frameKinds.response), 2, patterned(100, 2));
    take(more(frameKinds.fragment), 1, patterned(200, 3));
    take(frameKinds.fragment, 2, patterned(50, 4));
    take(frameKinds.fragment, 1, patterned(1, 5));
    expect(whole).toEqual([
      { kind: frameKinds.response, stream: 2, payload: Buffer.concat([patterned(100, 2), patterned(50, 4)]) },
      {
        kind: frameKinds.request,
        stream: 1,
        payload: Buffer.concat([patterned(100, 1), patterned(200, 3), patterned(1, 5)]),
      },
    ]);
  });

  it("RPC-LARGE-1 takes a last fragment that is empty, and another message on the stream after it", () => {
    const { whole, take } = assembly(1000);
    for (const seed of [1, 2]) {
      take(more(frameKinds.message), 7, patterned(10, seed));
      take(frameKinds.fragment, 7, Buffer.alloc(0));
    }
    expect(whole.map(({ payload }) => payload)).toEqual([patterned(10, 1), patterned(10, 2)]);
  });

  it("RPC-LARGE-4 ends a message that grows beyond the limit of its kind", () => {
    const grow = (kind: number, bytes: number): void => {
      const { take } = assembly(50_000);
      take(more(kind), 1, Buffer.alloc(1));
      for (let rest = bytes - 1; rest > 0; rest -= 16_384) {
        take(more(frameKinds.fragment), 1, Buffer.alloc(Math.min(rest, 16_384)));
      }
    };
    const limits = [
      [frameKinds.request, 50_008], // its head of eight bytes does not count
      [frameKinds.response, 50_000],
      [frameKinds.message, 50_000],
      [frameKinds.failure, wireLimits.failureBytesMax],
      [frameKinds.hello, wireLimits.handshakeBytesMax],
      [frameKinds.welcome, wireLimits.handshakeBytesMax],
      [frameKinds.table, wireLimits.handshakeBytesMax],
      [frameKinds.goodbye, wireLimits.handshakeBytesMax],
    ] as const;
    for (const [kind, limit] of limits) {
      grow(kind, limit);
      expect(() => grow(kind, limit + 1)).toThrow(protocolError);
    }
  });

  it("RPC-LARGE-5 refuses a message inside another, and empty fragments that never end", () => {
    const { take } = assembly(1000);
    take(more(frameKinds.request), 1, patterned(10));
    expect(() => take(more(frameKinds.request), 1, patterned(10))).toThrow(protocolError);
    expect(() => take(more(frameKinds.fragment), 1, Buffer.alloc(0))).toThrow(protocolError);
    expect(() => take(more(frameKinds.request), 2, Buffer.alloc(0))).toThrow(protocolError);
  });

  it("RPC-LARGE-6 passes over what nobody waits for, and what was given up", () => {
    const { whole, take, forget } = assembly(1000, (_kind, stream) => stream !== 1);
    take(more(frameKinds.response), 1, patterned(10));
    take(more(frameKinds.response), 1, patterned(10)); // no message has begun, so none is inside another
    take(frameKinds.fragment, 1, patterned(10));
    take(frameKinds.fragment, 99, patterned(10));
    take(more(frameKinds.response), 2, patterned(10));
    forget(2);
    forget(3);
    take(more(frameKinds.fragment), 2, patterned(10));
    take(frameKinds.fragment, 2, patterned(10));
    expect(whole).toHaveLength(0);
  });

  it("RPC-LARGE-7 ends where too many messages have arrived in part, by count and by bytes", () => {
    const many = assembly(1000);
    for (let stream = 1; stream <= wireLimits.callsMax; stream++)
      many.take(more(frameKinds.request), stream, Buffer.of(1));
    expect(() => many.take(more(frameKinds.request), 99_999, Buffer.of(1))).toThrow(protocolError);
    many.forget(5);
    many.take(more(frameKinds.request), 99_999, Buffer.of(1));

    const heavy = assembly(wireLimits.messageBytesMax);
    const piece = Buffer.alloc(16_384);
    const fill = (stream: number): void => {
      heavy.take(more(frameKinds.request), stream, piece);
      for (let bytes = piece.length; bytes < 4_000_000; bytes += piece.length) {
        heavy.take(more(frameKinds.fragment), stream, piece);
      }
    };
    expect(() => {
      for (let stream = 1; stream <= 40; stream++) fill(stream);
    }).toThrow("too many large messages");
    for (let stream = 1; stream <= 40; stream++) heavy.forget(stream);
    for (let stream = 51; stream <= 60; stream++) fill(stream);
  });
});
