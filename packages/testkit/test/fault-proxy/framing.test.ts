import { describe, expect, it } from "vitest";
import { Frames, http2Framing } from "../../src/fault-proxy/framing.js";

const [data, headers] = [0, 1];

describe("HTTP/2 frames", () => {
  it("are told apart, also in pieces and after what a client begins with", () => {
    const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    const sent = [preface, frame(headers, 1, "ask"), frame(data, 1, "body"), frame(data, 3, "")];
    const frames = new Frames(http2Framing);
    const found = [...Buffer.concat(sent)].flatMap((byte) => frames.push(Buffer.from([byte])));
    expect(found).toEqual(sent);
  });

  it("are answered by the headers of their own stream", () => {
    const request = frame(data, 5, "write this");
    expect(http2Framing.answers(frame(headers, 5, "done"), request)).toBe(true);
    expect(http2Framing.answers(frame(headers, 7, "done"), request)).toBe(false);
    expect(http2Framing.answers(frame(data, 5, "done"), request)).toBe(false);
  });
});

function frame(type: number, stream: number, text: string): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(text.length, 0, 3);
  head[3] = type;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, Buffer.from(text)]);
}
