import { describe, expect, it } from "vitest";
import type { Entry, Json, Revision } from "../../src/port.js";
import { counterOf, ticketKey, ticketOf, ticketsOf, ticketValue } from "../../src/recipes/ticket.js";

function entry(key: string, value: Json): Entry {
  return { key, value, revision: "1" as Revision, owner: undefined };
}

describe("a ticket", () => {
  it("stands below what it is for, and its name sorts as its number", () => {
    const numbers = [1, 9, 10, 123_456, Number.MAX_SAFE_INTEGER];
    const keys = numbers.map((token) => ticketKey("/a/b", token));
    expect(keys[1]).toBe("/a/b/0000000000000009");
    expect(keys.toSorted()).toEqual(keys);
  });

  it("is read as it was written, and what is none is left aside", () => {
    const written = { token: 12, nonce: "n", holder: { pid: 1 } };
    const good = entry(ticketKey("/k", 12), ticketValue(written));
    expect(ticketOf(good)).toMatchObject(written);
    const others = [
      entry("/k/notes", ticketValue(written)),
      entry(ticketKey("/k", 13), ticketValue(written)),
      entry(ticketKey("/k", 14), "text"),
      entry(ticketKey("/k", 15), { token: 15 }),
    ];
    expect(others.map(ticketOf)).toEqual([undefined, undefined, undefined, undefined]);
    const earlier = entry(ticketKey("/k", 2), ticketValue({ ...written, token: 2 }));
    expect(ticketsOf([good, ...others, earlier]).map(({ token }) => token)).toEqual([2, 12]);
  });

  it("is counted from 1, and never from what is no counter", () => {
    expect(counterOf("/k", undefined)).toBe(0);
    expect(counterOf("/k", entry("/k", { token: 7 }))).toBe(7);
    for (const value of ["7", { token: "7" }, { token: 1.5 }, [7], null])
      expect(() => counterOf("/k", entry("/k", value))).toThrow("counts no tokens");
  });
});
