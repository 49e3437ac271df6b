import { PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import { eachLine } from "../../src/up/lines.js";

async function linesOf(...chunks: readonly (string | Buffer)[]): Promise<string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  eachLine(stream, (line) => lines.push(line));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await finished(stream, { writable: false });
  return lines;
}

it("tells whole lines, wherever they were cut, and the last one without an end", async () => {
  expect(await linesOf("one\ntw", "o\r\n", "\nlast")).toEqual(["one", "two", "", "last"]);
  const snow = Buffer.from("snow ☃\n");
  expect(await linesOf(snow.subarray(0, 6), snow.subarray(6))).toEqual(["snow ☃"]);
});

it("does not depend on how the text arrives", async () => {
  const texts = fc.array(fc.stringMatching(/^[a-c]{0,4}\n?$/), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(texts, async (chunks) => {
      const whole = chunks.join("").split("\n");
      if (whole.at(-1) === "") whole.pop();
      expect(await linesOf(...chunks)).toEqual(whole);
    }),
  );
});

it("tells a line without an end in parts, and keeps none of it", async () => {
  const lines = await linesOf("x".repeat(40_000), "y".repeat(10_000), "\n");
  expect(lines.map(({ length }) => length)).toEqual([16_384, 16_384, 16_384, 848]);
  expect(await linesOf(`${"z".repeat(20_000)}\nend\n`)).toEqual(["z".repeat(16_384), "z".repeat(3616), "end"]);
});
