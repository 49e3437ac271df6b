import { describe, expect, it } from "vitest";
import { Line } from "../../src/connection/line.js";

describe("a line of messages", () => {
  it("gives them in their order, and knows what they weigh, through any number of them", () => {
    const line = new Line();
    let [put, taken, bytes] = [0, 0, 0];
    for (let round = 0; round < 40; round++) {
      for (let count = 0; count < 100; count++) {
        line.push(Buffer.from(String(put)));
        bytes += String(put++).length;
      }
      for (let count = 0; count < 90; count++) {
        expect(line.shift()?.toString()).toBe(String(taken));
        bytes -= String(taken++).length;
      }
      expect(line.bytes).toBe(bytes);
    }
    for (; taken < put; taken++) expect(line.shift()?.toString()).toBe(String(taken));
    expect([line.shift(), line.bytes]).toEqual([undefined, 0]);
    line.push(Buffer.alloc(5));
    line.clear();
    expect([line.shift(), line.bytes]).toEqual([undefined, 0]);
  });
});
