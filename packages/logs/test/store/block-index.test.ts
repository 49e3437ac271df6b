import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlockIndex, blockBytesTarget } from "../../src/store/block-index.js";

describe("the index of a segment", () => {
  it("has each line in one block, in order, without a hole, and knows the times between", () => {
    const line = fc.record({
      bytes: fc.integer({ min: 1, max: 2 * blockBytesTarget }),
      time: fc.oneof(fc.nat(), fc.constant(Number.NaN)),
    });
    fc.assert(
      fc.property(fc.nat(1000), fc.array(line, { maxLength: 50 }), (firstOrdinal, lines) => {
        const index = new BlockIndex(firstOrdinal);
        for (const { bytes, time } of lines) index.add(bytes, time);
        expect([index.lines, index.bytes]).toEqual([lines.length, lines.reduce((sum, { bytes }) => sum + bytes, 0)]);
        let [offset, ordinal] = [0, firstOrdinal];
        for (const block of index.blocks) {
          const own = lines.slice(ordinal - firstOrdinal, ordinal - firstOrdinal + block.lines);
          const times = own.map(({ time }) => time).filter((time) => !Number.isNaN(time));
          expect(block).toEqual({
            firstOrdinal: ordinal,
            offset,
            bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
            lines: own.length,
            firstTime: Math.min(Number.POSITIVE_INFINITY, ...times),
            lastTime: Math.max(0, ...times),
          });
          expect(block.lines === 1 || block.bytes <= blockBytesTarget).toBe(true);
          for (let at = ordinal; at < ordinal + block.lines; at++) expect(index.blockAt(at)).toEqual(block);
          offset += block.bytes;
          ordinal += block.lines;
        }
        expect(ordinal).toBe(index.endOrdinal);
        expect([index.blockAt(firstOrdinal - 1), index.blockAt(ordinal)]).toEqual([undefined, undefined]);
        expect(new BlockIndex(firstOrdinal, index.blocks).blocks).toEqual(index.blocks);
      }),
    );
  });
});
