import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frameKinds, preface, wireLimits } from "../../src/wire/frame.js";
import { FrameReader } from "../../src/wire/frame-reader.js";
import { type Frame, frame, framesOf, patterned } from "../support/frames.js";

function reader(): { frames: Frame[]; push: (bytes: Buffer) => void } {
  const frames: Frame[] = [];
  const sink = {
    frame: (kind: number, stream: number, bytes: Buffer, start: number, end: number): void => {
      frames.push({ kind, stream, payload: Buffer.from(bytes.subarray(start, end)) });
    },
  };
  const reading = new FrameReader(sink);
  return { frames, push: (bytes) => reading.push(bytes) };
}

const protocolError = expect.objectContaining({ code: "invalid_argument", reason: "PROTOCOL" });

describe("FrameReader", () => {
  it("RPC-FRAME-2 RPC-FRAME-6 finds length, kind, stream and payload of every frame behind the preface", () => {
    const { frames, push } = reader();
    push(Buffer.concat([preface, frame(0x0c, 0xffff_fffe, Buffer.from("abc")), frame(0x10, 0), frame(0x8f, 1)]));
    expect(frames).toEqual([
      { kind: 0x0c, stream: 0xffff_fffe, payload: Buffer.from("abc") },
      { kind: 0x10, stream: 0, payload: Buffer.alloc(0) },
      { kind: 0x8f, stream: 1, payload: Buffer.alloc(0) },
    ]);
  });

  it("RPC-FRAME-4 finds the same frames wherever a short flow is cut in two", () => {
    const flow = Buffer.concat([preface, frame(0x0c, 7, patterned(30)), frame(0x10, 0), frame(0x08, 9, patterned(5))]);
    for (let at = 0; at <= flow.length; at++) {
      const { frames, push } = reader();
      push(flow.subarray(0, at));
      push(flow.subarray(at));
      expect(frames).toEqual(framesOf(flow, true));
    }
  });

  it("RPC-FRAME-4 finds the same frames however any flow is cut", () => {
    const anyFrame = fc.record({
      kind: fc.nat(255),
      stream: fc.nat(0xffff_ffff),
      payload: fc.uint8Array({ maxLength: 300, size: "max" }).map((bytes) => Buffer.from(bytes)),
    });
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 90 })), (sent, cuts) => {
        const flow = Buffer.concat([preface, ...sent.map((each) => frame(each.kind, each.stream, each.payload))]);
        const { frames, push } = reader();
        let at = 0;
        for (const size of cuts) {
          push(flow.subarray(at, at + size));
          at = Math.min(flow.length, at + size);
        }
        push(flow.subarray(at));
        expect(frames).toEqual(sent);
      }),
      { seed: 20_301, numRuns: 300 },
    );
  });

  it("RPC-FRAME-4 waits for a frame that comes byte by byte, the longest included", () => {
    const longest = frame(frameKinds.fragment, 3, patterned(wireLimits.frameBytesMax));
    const { frames, push } = reader();
    for (const byte of Buffer.concat([preface, longest])) push(Buffer.of(byte));
    expect(frames).toHaveLength(1);
    expect(frames[0]?.payload.equals(longest.subarray(8))).toBe(true);
  });

  it("RPC-FRAME-1 refuses another opening at the first byte that differs, and quotes it", () => {
    for (const opening of ["GET / HTTP/1.1\r\n", "\x16\x03\x01", "\x9eSKYLARX", "\0", "PRI * HTTP/2.0"]) {
      const { push } = reader();
      expect(() => push(Buffer.from(opening, "latin1"))).toThrow(protocolError);
    }
    expect(() => reader().push(Buffer.from("GET / HTTP/1.1\r\n"))).toThrow('it began with "GET / HTTP/1.1.."');
    const { push } = reader();
    push(Buffer.from(preface.subarray(0, 7)));
    expect(() => push(Buffer.from("!"))).toThrow(protocolError);
  });

  it("RPC-FRAME-1 opens with bytes that neither HTTP nor TLS begin with", () => {
    expect([...preface]).toEqual([0x9e, 0x53, 0x4b, 0x59, 0x4c, 0x41, 0x52, 0x4b]);
    expect(preface[0]).not.toBe(0x16);
    expect(String.fromCharCode(preface[0] as number)).not.toMatch(/[A-Za-z]/);
  });

  it("RPC-FRAME-3 refuses a longer frame when its header is there, before anything of it has arrived", () => {
    const { push } = reader();
    const header = frame(frameKinds.message, 1, patterned(wireLimits.frameBytesMax + 1)).subarray(0, 8);
    expect(() => push(Buffer.concat([preface, header]))).toThrow(protocolError);
    const huge = reader();
    expect(() => huge.push(Buffer.concat([preface, Buffer.from("ffffff0c00000001", "hex")]))).toThrow("16777215");
  });
});
