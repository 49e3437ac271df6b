import { describe, expect, it } from "vitest";
import { JuteReader } from "../../src/wire/jute-reader.js";
import { JuteWriter } from "../../src/wire/jute-writer.js";
import { hex } from "./hex.js";

function written(write: (writer: JuteWriter) => void): string {
  const writer = new JuteWriter();
  write(writer);
  return writer.take().toString("hex");
}

const reader = (text: string) => new JuteReader(Buffer.from(hex(text), "hex"));
const refused = { code: "invalid_argument", reason: "PROTOCOL" };

describe("JuteWriter", () => {
  it("writes numbers big-endian", () => {
    expect(written((w) => w.int(-2))).toBe("fffffffe");
    expect(written((w) => w.int(0x01020304))).toBe("01020304");
    expect(written((w) => w.long(-3n))).toBe("fffffffffffffffd");
    expect(written((w) => w.boolean(true))).toBe("01");
  });

  it("writes texts and buffers with their length in bytes before them, null as -1", () => {
    expect(written((w) => w.text("/ž"))).toBe("000000032fc5be");
    expect(written((w) => w.text(""))).toBe("00000000");
    expect(written((w) => w.buffer(Uint8Array.of(7, 8)))).toBe("000000020708");
    expect(written((w) => w.buffer(null))).toBe("ffffffff");
  });

  it("writes lists with their count before them", () => {
    expect(written((w) => w.texts(["a", "b"]))).toBe(hex("00000002 0000000161 0000000162"));
    expect(written((w) => w.vector([1, 2], (w, n) => w.int(n)))).toBe("000000020000000100000002");
  });

  it("puts the length before a frame, several one after the other, and begins anew when taken", () => {
    const writer = new JuteWriter();
    writer.frame((w) => w.int(1));
    writer.frame((w) => w.boolean(false));
    expect(writer.length).toBe(13);
    expect(writer.take().toString("hex")).toBe(hex("00000004 00000001 00000001 00"));
    expect(writer.length).toBe(0);
    writer.int(5);
    expect(writer.take().toString("hex")).toBe("00000005");
  });

  it("grows, and keeps what was written", () => {
    const large = Buffer.alloc(100_000, 7);
    const writer = new JuteWriter();
    for (let n = 0; n < 3; n += 1) writer.buffer(large);
    const taken = writer.take();
    expect(taken.length).toBe(3 * 100_004);
    expect(new JuteReader(taken).buffer()?.equals(large)).toBe(true);
  });

  it.each<[string, (writer: JuteWriter) => void]>([
    ["a number", (writer) => writer.int(-2)],
    ["a long", (writer) => writer.long(-2n)],
    ["a boolean", (writer) => writer.boolean(true)],
    ["a text", (writer) => writer.text("ž")],
    ["a frame", (writer) => writer.frame(() => undefined)],
  ])("loses nothing of %s that is written where its bytes have to grow", (_, write) => {
    for (let before = 500; before <= 520; before += 1) {
      const grown = written((writer) => {
        for (let n = 0; n < before; n += 1) writer.boolean(false);
        write(writer);
      });
      expect(grown).toBe("00".repeat(before) + written(write));
    }
  });
});

describe("JuteReader", () => {
  it("reads what the writer writes", () => {
    const writer = new JuteWriter();
    writer.int(-7);
    writer.long(1n << 60n);
    writer.boolean(true);
    writer.text("žluť");
    writer.buffer(Uint8Array.of(1, 2, 3));
    writer.buffer(null);
    writer.buffer(new Uint8Array(0));
    writer.texts(["a", ""]);
    const read = new JuteReader(writer.take());
    expect([read.int(), read.long(), read.boolean(), read.text()]).toEqual([-7, 1n << 60n, true, "žluť"]);
    expect([read.buffer(), read.buffer(), read.buffer()]).toEqual([Buffer.of(1, 2, 3), null, Buffer.alloc(0)]);
    expect(read.texts()).toEqual(["a", ""]);
    expect(read.remaining).toBe(0);
  });

  it("reads null as the empty text and as an empty list", () => {
    expect(reader("ffffffff").text()).toBe("");
    expect(reader("ffffffff").texts()).toEqual([]);
  });

  it("copies bytes out of the packet", () => {
    const packet = Buffer.from("0000000107", "hex");
    const data = new JuteReader(packet).buffer();
    packet.fill(0);
    expect(data).toEqual(Buffer.of(7));
  });

  it.each([
    ["a number cut off", "000000", (r: JuteReader) => r.int()],
    ["a long cut off", "00000000", (r: JuteReader) => r.long()],
    ["nothing where a boolean should be", "", (r: JuteReader) => r.boolean()],
    ["a text that is longer than what remains", "0000000541", (r: JuteReader) => r.text()],
    ["a buffer of two gigabytes", "7fffffff00", (r: JuteReader) => r.buffer()],
    ["a length below -1", "fffffffe", (r: JuteReader) => r.buffer()],
    ["a list of two billion texts", "7fffffff0000", (r: JuteReader) => r.texts()],
    ["a list of more items than remain", "00000002 00000000 0000", (r: JuteReader) => r.texts()],
  ])("refuses %s", (_, hex, read) => {
    expect(() => read(reader(hex))).toThrow(expect.objectContaining(refused));
  });
});
