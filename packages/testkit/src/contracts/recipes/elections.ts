import { elect, type Leader, type Leadership, leaderOf, watchLeader } from "@skylark/coordination";
import { deferred } from "@skylark/core/internal";
import { expect, it, vi } from "vitest";
import type { Ground } from "../coordination/ground.js";
import { lasting, patient } from "./patience.js";

/** Resolves when the signal aborts. */
function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function leads(leadership: Leadership): boolean {
  try {
    leadership.assertLeading();
    return true;
  } catch {
    return false;
  }
}

export function electionsContract(ground: Ground): void {
  it("COORD-6.1 of several candidates exactly one leads, and the next follows when it leaves", async () => {
    const led: { candidate: number; epoch: number }[] = [];
    let leading = 0;
    const stand = async (candidate: number): Promise<void> => {
      const client = await ground.client(lasting);
      await elect(client, ground.at("leader"), { candidate }, async (leadership) => {
        expect(++leading).toBe(1);
        led.push({ candidate, epoch: leadership.epoch });
        await client.get(ground.at("leader"), { fresh: true });
        leadership.assertLeading();
        leading -= 1;
      });
    };
    await Promise.all([stand(1), stand(2), stand(3), stand(4)]);
    expect(led.map(({ candidate }) => candidate).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
    const epochs = led.map(({ epoch }) => epoch);
    expect(epochs).toEqual([...new Set(epochs)].toSorted((a, b) => a - b));
  });

  it("COORD-6.1 COORD-6.2 the next follows when the leader's session expires; the former stands again, with a higher epoch", async () => {
    const [one, two, witness] = [await ground.client(), await ground.client(), await ground.client(lasting)];
    const done = new AbortController();
    const terms: { readonly name: string; readonly leadership: Leadership }[] = [];
    const unaware: string[] = [];
    const stand = (name: string, client: typeof one): Promise<void> =>
      elect(client, ground.at("leader"), { candidate: name, signal: done.signal }, async (leadership) => {
        for (const former of terms)
          if (leads(former.leadership)) unaware.push(`${former.name} led when ${name} was elected`);
        terms.push({ name, leadership });
        await aborted(leadership.ended);
      });
    const termsOf = (wanted: string): number => terms.filter(({ name }) => name === wanted).length;
    const bothStand = async (): Promise<boolean> =>
      (await witness.list(ground.at("leader"), { fresh: true })).length === 2;
    const first = stand("one", one);
    await vi.waitUntil(() => termsOf("one") > 0, patient);
    const second = stand("two", two);
    await vi.waitUntil(bothStand, patient);
    await ground.fixture.expireSession(one);
    await vi.waitUntil(() => termsOf("two") > 0, patient);
    await vi.waitUntil(bothStand, patient);
    const before = termsOf("one");
    await ground.fixture.expireSession(two);
    await vi.waitUntil(() => termsOf("one") > before || before > 1, patient);
    done.abort();
    await Promise.all([first, second]);
    expect(unaware).toEqual([]);
    const epochs = terms.map(({ leadership }) => leadership.epoch);
    expect(epochs).toEqual([...new Set(epochs)].toSorted((a, b) => a - b));
    // the tickets of those who only waited are taken back unattended
    const nobodyLeads = async (): Promise<boolean> =>
      (await leaderOf(witness, ground.at("leader"), { fresh: true })) === undefined;
    await vi.waitUntil(nobodyLeads, patient);
  });

  it("COORD-6.2 others see who leads, with the epoch, and each change of it", async () => {
    const [one, two, observer] = [
      await ground.client(lasting),
      await ground.client(lasting),
      await ground.client(lasting),
    ];
    const seen: (Leader | undefined)[] = [];
    const watch = watchLeader(observer, ground.at("leader"), (leader) => seen.push(leader));
    await vi.waitUntil(() => seen.length === 1, patient);
    const [oneMayGo, twoMayGo] = [deferred(), deferred()];
    const first = elect(one, ground.at("leader"), { candidate: "one" }, () => oneMayGo.promise);
    await vi.waitUntil(() => seen.at(-1)?.candidate === "one", patient);
    const second = elect(two, ground.at("leader"), { candidate: "two" }, () => twoMayGo.promise);
    await vi.waitUntil(async () => (await two.list(ground.at("leader"), { fresh: true })).length === 2, patient);
    expect(await leaderOf(observer, ground.at("leader"), { fresh: true })).toMatchObject({ candidate: "one" });
    oneMayGo.resolve();
    await first;
    await vi.waitUntil(() => seen.at(-1)?.candidate === "two", patient);
    twoMayGo.resolve();
    await second;
    await vi.waitUntil(() => seen.at(-1) === undefined, patient);
    watch.close();
    expect(seen.map((leader) => leader?.candidate)).toEqual([undefined, "one", "two", undefined]);
    expect(seen[2]?.epoch).toBeGreaterThan(seen[1]?.epoch ?? Number.POSITIVE_INFINITY);
  });

  it("a leader that fails resigns, and whoever stood it for election is told", async () => {
    const [one, two] = [await ground.client(lasting), await ground.client(lasting)];
    const failing = elect(one, ground.at("leader"), { candidate: 1 }, async () => {
      throw new Error("the report has no reader");
    });
    await expect(failing).rejects.toThrow("the report has no reader");
    const led = deferred();
    await elect(two, ground.at("leader"), { candidate: 2 }, async () => led.resolve());
    await led.promise;
  });

  it("a candidate that withdraws while it waits is gone from the queue", async () => {
    const [one, two] = [await ground.client(lasting), await ground.client(lasting)];
    const mayGo = deferred();
    const leading = elect(one, ground.at("leader"), { candidate: 1 }, () => mayGo.promise);
    await vi.waitUntil(async () => (await one.list(ground.at("leader"), { fresh: true })).length === 1, patient);
    const leaving = new AbortController();
    const waiting = elect(two, ground.at("leader"), { candidate: 2, signal: leaving.signal }, async () => {
      throw new Error("it was elected");
    });
    await vi.waitUntil(async () => (await one.list(ground.at("leader"), { fresh: true })).length === 2, patient);
    leaving.abort();
    await waiting;
    await vi.waitUntil(async () => (await one.list(ground.at("leader"), { fresh: true })).length === 1, patient);
    expect(await leaderOf(two, ground.at("leader"), { fresh: true })).toMatchObject({ candidate: 1 });
    mayGo.resolve();
    await leading;
  });
}
