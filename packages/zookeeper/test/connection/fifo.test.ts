import { describe, expect, it } from "vitest";
import { Fifo } from "../../src/connection/fifo.js";

describe("a fifo", () => {
  it("gives back in the order it took, over any length", () => {
    const fifo = new Fifo<number>();
    let next = 0;
    for (let pushed = 0; pushed < 20_000; pushed += 1) {
      fifo.push(pushed);
      if (pushed % 3 !== 0) expect(fifo.shift()).toBe(next++);
    }
    expect(fifo.size).toBe(20_000 - next);
    expect(fifo.takeAll()).toEqual(Array.from({ length: 20_000 - next }, (_, index) => next + index));
    expect(fifo.size).toBe(0);
    expect(fifo.shift()).toBeUndefined();
  });
});
