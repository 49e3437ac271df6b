import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { eitherSignal } from "../../src/search/either-signal.js";

describe("one of two signals", () => {
  it("aborts with the first that does, with its reason", () => {
    for (const which of [0, 1] as const) {
      const controllers = [new AbortController(), new AbortController()] as const;
      const { signal } = eitherSignal(controllers[0].signal, controllers[1].signal);
      expect(signal.aborted).toBe(false);
      controllers[which].abort(`the reason of ${which}`);
      expect(signal.reason).toBe(`the reason of ${which}`);
    }
    expect(eitherSignal(new AbortController().signal, AbortSignal.abort("before")).signal.reason).toBe("before");
  });

  it("is forgotten by both once it is released", () => {
    const [short, long] = [new AbortController(), new AbortController()];
    for (let at = 0; at < 100; at++) eitherSignal(short.signal, long.signal).release();
    expect([short, long].map(({ signal }) => getEventListeners(signal, "abort"))).toEqual([[], []]);
  });
});
