import { describe, expect, it } from "vitest";
import { keysWith } from "../../src/kv/key-range.js";
import { nextPageLimit } from "../../src/kv/pages.js";
import { type Condition, type Step, transactionLimits, transactionRequest } from "../../src/kv/transaction.js";

const puts = (count: number): Step[] =>
  Array.from({ length: count }, (_, n) => ({ kind: "put", key: `/${n}`, value: "" }));
const condition: Condition = { range: { from: "/a" }, what: "version", is: "=", value: 0n };

describe("transactions", () => {
  it("are counted before they are sent", () => {
    const { stepsMax, conditionsMax, bytesMax } = transactionLimits;
    expect(() => transactionRequest({ when: [], steps: puts(stepsMax) })).not.toThrow();
    expect(() => transactionRequest({ when: [], steps: puts(stepsMax + 1) })).toThrow("129 steps in one transaction");
    expect(() => transactionRequest({ when: [], steps: [], otherwise: puts(stepsMax + 1) })).toThrow("129 steps");
    const when = Array.from({ length: conditionsMax + 1 }, () => condition);
    expect(() => transactionRequest({ when, steps: [] })).toThrow("129 conditions in one transaction");
    const large: Step = { kind: "put", key: "/a", value: new Uint8Array(bytesMax) };
    expect(() => transactionRequest({ when: [], steps: [large] })).toThrow(
      expect.objectContaining({ code: "invalid_argument", reason: "MESSAGE_TOO_LARGE", notExecuted: true }),
    );
  });

  it("say what they compare in the words of the API", () => {
    const { compare } = transactionRequest({ when: [{ ...condition, what: "lease", is: "!=", value: 7n }], steps: [] });
    expect(compare?.[0]).toMatchObject({ result: 3, target: 4, targetUnion: { case: "lease", value: 7n } });
  });
});

describe("ranges", () => {
  it("end where keys no longer begin with the prefix", () => {
    expect(keysWith("/services/")).toEqual({ from: "/services/", to: "/services0" });
  });

  it("are read in pages that suit the size of what was read", () => {
    expect(nextPageLimit(32, 32 * 100)).toBe(2000);
    expect(nextPageLimit(32, 32 * 512 * 1024)).toBe(2);
    expect(nextPageLimit(1, 10 * 1024 * 1024)).toBe(1);
  });
});
