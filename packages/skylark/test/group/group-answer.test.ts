import { SkylarkError } from "@skylark/core";
import { deferred } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { groupAnswer, replyOf } from "../../src/group/group-answer.js";
import { type GroupNeed, neededOf } from "../../src/group/need.js";
import { tooFew } from "../../src/group/reply.js";

/** Instances that reply when they are told to. */
function ballot(need: GroupNeed, instances: readonly string[]) {
  const voters = instances.map((instance) => ({ instance, ...deferred<string>() }));
  const needed = neededOf(need, instances.length);
  const state = { givenUp: 0 };
  const answer = groupAnswer<string>({
    replies: voters.map(({ instance, promise }) => replyOf(instance, promise)),
    needed,
    tooFew: (replies) => tooFew({ name: "cache.size", asked: instances.length, needed }, replies),
    giveUp: () => void state.givenUp++,
  });
  const voter = (instance: string) => voters.find((each) => each.instance === instance);
  return {
    answer,
    state,
    says: (instance: string, value: string) => voter(instance)?.resolve(value),
    fails: (instance: string, error: unknown) => voter(instance)?.reject(error),
  };
}

async function thrownBy(work: PromiseLike<unknown>): Promise<SkylarkError> {
  try {
    await work;
  } catch (thrown) {
    return SkylarkError.from(thrown);
  }
  throw new Error("it did not fail");
}

describe("the answers of a group", () => {
  it("RPC-11.2 are all values, in the order of the instances, whoever answers first", async () => {
    const { answer, says } = ballot("all", ["a", "b", "c"]);
    for (const each of ["c", "a", "b"]) says(each, each.toUpperCase());
    expect(await answer).toEqual(["A", "B", "C"]);
  });

  it("RPC-11.2 are the first good one, and the rest are given up", async () => {
    const { answer, says, fails, state } = ballot("all", ["a", "b", "c"]);
    const first = answer.first();
    fails("a", new SkylarkError("not_found", "not here"));
    says("c", "C");
    expect(await first).toBe("C");
    expect(state.givenUp).toBe(1);
  });

  it("RPC-11.2 are enough of them, in the order in which they come", async () => {
    const { answer, says, state } = ballot("quorum", ["a", "b", "c"]);
    const soonest = answer.soonest();
    says("c", "C");
    says("a", "A");
    expect(await soonest).toEqual(["C", "A"]);
    expect(state.givenUp).toBe(1);
  });

  it("RPC-11.2 are each reply as it comes; who leaves the loop gives up the rest", async () => {
    const { answer, says, fails, state } = ballot("all", ["a", "b", "c"]);
    fails("b", new Error("broken"));
    says("a", "A");
    const seen: string[] = [];
    for await (const reply of answer) {
      seen.push(reply.kind === "answered" ? reply.value : `${reply.instance} ${reply.error.message}`);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual(["b broken", "A"]);
    expect(state.givenUp).toBe(1);
  });

  it("RPC-11.2 are folded as the caller says", async () => {
    const { answer, says } = ballot("all", ["a", "b"]);
    const folded = answer.reduce((text, value, instance) => `${text} ${instance}=${value}`, "so:");
    says("b", "B");
    says("a", "A");
    expect(await folded).toBe("so: b=B a=A");
  });

  it.each<[GroupNeed, number, number]>([
    ["all", 5, 5],
    ["any", 5, 1],
    ["quorum", 5, 3],
    ["quorum", 4, 3],
    ["quorum", 1, 1],
    [2, 5, 2],
    ["all", 0, 1],
    ["quorum", 0, 1],
  ])("RPC-11.3 need of %s among %i is %i", (need, asked, needed) => expect(neededOf(need, asked)).toBe(needed));

  it("refuse a need that is no count", () => {
    for (const need of [0, -1, 1.5, Number.NaN]) expect(() => neededOf(need, 3)).toThrow("is neither");
  });

  it("RPC-11.3 fail where too few are good: all replies are awaited, each failure is named", async () => {
    const { answer, says, fails } = ballot("all", ["a", "b", "c"]);
    fails("a", new SkylarkError("not_found", "not here"));
    says("b", "B");
    fails("c", new SkylarkError("unavailable", "gone"));
    const error = await thrownBy(answer);
    expect(error).toMatchObject({ code: "unknown", reason: "TOO_FEW_ANSWERS", notExecuted: false });
    expect(error.message).toBe("cache.size was answered by 1 of 3 instances, 3 are needed: a: not here; c: gone");
    expect(error.details).toEqual({
      asked: 3,
      answered: 1,
      needed: 3,
      failures: [
        { instance: "a", code: "not_found", message: "not here" },
        { instance: "c", code: "unavailable", message: "gone" },
      ],
    });
  });

  it("RPC-11.3 fail with the code that all failures share, and promise that nothing ran where all do", async () => {
    const { answer, fails } = ballot("any", ["a", "b"]);
    for (const each of ["a", "b"]) fails(each, new SkylarkError("unavailable", "leaving", { notExecuted: true }));
    for (const merged of [answer, answer.first(), answer.soonest(), answer.reduce(() => 0, 0)]) {
      expect(await thrownBy(merged)).toMatchObject({ code: "unavailable", notExecuted: true });
    }
  });

  it("promise nothing of what ran where others did not", async () => {
    const { answer, says, fails } = ballot("all", ["a", "b"]);
    says("a", "A");
    fails("b", new SkylarkError("unavailable", "leaving", { notExecuted: true }));
    expect(await thrownBy(answer)).toMatchObject({ code: "unavailable", notExecuted: false });
  });

  it("tell of many failures the first few, and how many more there are", async () => {
    const names = Array.from({ length: 12 }, (_, at) => `i${at}`);
    const { answer, fails } = ballot("all", names);
    for (const each of names) fails(each, new SkylarkError("unavailable", "gone"));
    const error = await thrownBy(answer);
    expect(error.message).toMatch(/i4: gone; and 7 more$/);
    expect((error.details as { failures: unknown[] }).failures).toHaveLength(12);
  });

  it("that fail are no unhandled rejection where they are merged in another way", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    try {
      const { answer, says, fails } = ballot("all", ["a", "b"]);
      fails("a", new Error("broken"));
      says("b", "B");
      expect(await answer.first()).toBe("B");
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
    } finally {
      process.off("unhandledRejection", note);
    }
  });
});
