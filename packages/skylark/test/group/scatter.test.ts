import { SkylarkError } from "@skylark/core";
import type { Channel } from "@skylark/rpc/internal";
import { describe, expect, it } from "vitest";
import { keysByOwner } from "../../src/group/owners.js";
import { Scatter } from "../../src/group/scatter.js";

const keys = Array.from({ length: 60 }, (_, at) => `key-${at}`);

type Answer = (instance: string, keys: readonly string[], timeoutMs: number) => Promise<string>;

interface Ground {
  readonly instances: readonly string[];
  readonly answer?: Answer;
  readonly idempotent?: boolean;
  readonly need?: "all" | "any";
  /** How many times it may ask again. */
  readonly retries?: number;
  readonly attemptTimeoutMs?: number;
}

/** Scatters the keys over instances that are no more than an answer, and notes who was asked for what. */
function scattered(ground: Ground) {
  const { instances, idempotent = false, need = "all", retries = 10, attemptTimeoutMs = 60_000 } = ground;
  const { answer = async (instance) => instance } = ground;
  const asked: { instance: string; keys: readonly string[] }[] = [];
  let left = retries;
  const channel = { payRetry: () => left-- > 0 };
  const channels = new Map(instances.map((instance) => [instance, { ...channel } as unknown as Channel]));
  const scatter = new Scatter<string, string>({
    name: "shard",
    members: { list: [...channels].map(([instance, its]) => ({ instance, channel: its })) },
    absence: () => "none is known",
    ask: async (at, some, { timeoutMs = 0 }) => {
      const instance = instances.find((each) => channels.get(each) === at) ?? "";
      asked.push({ instance, keys: some });
      return await answer(instance, some, timeoutMs);
    },
    idempotent,
    attemptTimeoutMs,
    need,
    deadlineAt: performance.now() + 60_000,
    call: {},
  });
  return { asked, parts: scatter.of(keys) };
}

/** One instance fails, when the others have answered. */
function failing(at: string, error: SkylarkError): Answer {
  return async (instance) => {
    if (instance !== at) return instance;
    await new Promise((resolve) => setImmediate(resolve));
    throw error;
  };
}

const leaving = new SkylarkError("unavailable", "it is leaving", { notExecuted: true });
const lost = new SkylarkError("unknown", "it may have run");

describe("keys of owners", () => {
  it("all have one, and the same whatever the order", () => {
    const owned = keysByOwner(keys, ["a", "b", "c"]);
    expect([...owned.values()].flat().toSorted()).toEqual(keys.toSorted());
    expect(keysByOwner(keys, ["c", "a", "b"])).toEqual(owned);
  });

  it("are nobody's where nobody is there", () => expect(keysByOwner(keys, []).size).toBe(0));
});

describe("RPC-11.4 a scattered call", () => {
  it("asks each owner once, for its keys", async () => {
    const { asked, parts } = scattered({ instances: ["a", "b", "c"] });
    const owned = keysByOwner(keys, ["a", "b", "c"]);
    expect(new Map((await parts).map(({ instance, keys: some }) => [instance, some]))).toEqual(new Map(owned));
    expect(asked).toHaveLength(3);
  });

  it("asks again only for what is missing, of those to whom it falls", async () => {
    const { asked, parts } = scattered({ instances: ["a", "b", "c"], answer: failing("a", leaving) });
    const answered = await parts;
    expect(answered.flatMap(({ keys: some }) => some).toSorted()).toEqual(keys.toSorted());
    const missing = keysByOwner(keys, ["a", "b", "c"]).get("a") ?? [];
    const again = asked.slice(3);
    expect(again.flatMap(({ keys: some }) => some).toSorted()).toEqual([...missing].toSorted());
    expect(new Map(again.map(({ instance, keys: some }) => [instance, some]))).toEqual(
      keysByOwner(missing, ["b", "c"]),
    );
  });

  it("asks nobody again for what may have run, unless that does no harm", async () => {
    const once = scattered({ instances: ["a", "b"], answer: failing("a", lost) });
    const missing = keysByOwner(keys, ["a", "b"]).get("a")?.length ?? 0;
    await expect(once.parts).rejects.toMatchObject({
      code: "unknown",
      reason: "TOO_FEW_ANSWERS",
      message: `${missing} of 60 keys of "shard" were not answered: it may have run`,
      details: { asked: 60, answered: 60 - missing, needed: 60, failures: [{ instance: "a", keys: missing }] },
    });
    expect(once.asked).toHaveLength(2);
    const twice = scattered({ instances: ["a", "b"], answer: failing("a", lost), idempotent: true });
    expect((await twice.parts).map(({ instance }) => instance)).toEqual(["b", "b"]);
  });

  it("asks nobody again for what was refused for its own sake, or after others have retried", async () => {
    for (const error of [
      new SkylarkError("invalid_argument", "no such key", { notExecuted: true }),
      new SkylarkError("unavailable", "spent", { notExecuted: true, retriesSpent: true }),
    ]) {
      const { asked, parts } = scattered({ instances: ["a", "b"], answer: failing("a", error), idempotent: true });
      await expect(parts).rejects.toMatchObject({ code: error.code });
      expect(asked).toHaveLength(2);
    }
  });

  it("asks for a key three times at most, and within the retries that the service has left", async () => {
    const instances = ["a", "b", "c", "d", "e"];
    const poisoned: Answer = async (instance, some) => {
      if (some.includes("key-0")) throw leaving;
      return instance;
    };
    const rich = scattered({ instances, answer: poisoned, retries: 1000 });
    await expect(rich.parts).rejects.toMatchObject({ code: "unavailable" });
    expect(rich.asked.filter(({ keys: some }) => some.includes("key-0"))).toHaveLength(3);
    const poor = scattered({ instances, answer: poisoned, retries: 0 });
    await expect(poor.parts).rejects.toMatchObject({ code: "unavailable" });
    expect(poor.asked).toHaveLength(5);
  });

  it("is content with a part where any will do", async () => {
    const { parts } = scattered({ instances: ["a", "b"], answer: failing("a", lost), need: "any" });
    expect((await parts).map(({ instance }) => instance)).toEqual(["b"]);
    const none = scattered({ instances: ["a"], answer: failing("a", lost), need: "any" });
    await expect(none.parts).rejects.toMatchObject({ code: "unknown" });
  });

  it("gives an attempt its own time, or what is left", async () => {
    const given: number[] = [];
    const answer: Answer = async (instance, _, timeoutMs) => {
      given.push(timeoutMs);
      return instance;
    };
    await scattered({ instances: ["a"], answer, attemptTimeoutMs: 300 }).parts;
    await scattered({ instances: ["a"], answer, attemptTimeoutMs: 90_000 }).parts;
    expect(given[0]).toBe(300);
    expect(given[1]).toBeLessThanOrEqual(60_000);
  });

  it("fails NO_INSTANCE where nobody is there", async () => {
    await expect(scattered({ instances: [] }).parts).rejects.toMatchObject({
      code: "unavailable",
      reason: "NO_INSTANCE",
      notExecuted: true,
      message: '"shard" finds nobody to ask: none is known',
    });
  });
});
