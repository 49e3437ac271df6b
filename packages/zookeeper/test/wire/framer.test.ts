import { describe, expect, it } from "vitest";
import { Framer } from "../../src/wire/framer.js";
import { hex } from "./hex.js";

const stream = Buffer.from(hex("00000002 0102 00000000 00000005 0a0b0c0d0e 00000001 ff"), "hex");
const packets = ["0102", "", "0a0b0c0d0e", "ff"];

function framed(chunks: readonly Buffer[]): string[] {
  const found: string[] = [];
  const framer = new Framer(100, (packet) => found.push(packet.toString("hex")));
  for (const chunk of chunks) framer.push(chunk);
  return found;
}

describe("Framer", () => {
  it("finds several packets in one piece", () => {
    expect(framed([stream])).toEqual(packets);
  });

  it("finds them however the bytes are split in two", () => {
    for (let at = 0; at <= stream.length; at += 1) {
      expect(framed([stream.subarray(0, at), stream.subarray(at)])).toEqual(packets);
    }
  });

  it("finds them when every byte comes alone", () => {
    expect(framed([...stream].map((byte) => Buffer.of(byte)))).toEqual(packets);
  });

  it("takes a packet of the limit and refuses a longer one before it is there", () => {
    expect(framed([Buffer.concat([Buffer.from("00000064", "hex"), Buffer.alloc(100)])])).toHaveLength(1);
    const refused = expect.objectContaining({ code: "invalid_argument", reason: "PROTOCOL" });
    expect(() => framed([Buffer.from("00000065", "hex")])).toThrow(refused);
    expect(() => framed([Buffer.from("ffffffff", "hex")])).toThrow(refused);
    expect(() => framed([Buffer.from("HTTP/1.1 400")])).toThrow(refused);
  });
});
