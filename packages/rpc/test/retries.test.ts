import { SkylarkError } from "@skylark/core";
import { ManualClock } from "@skylark/core/internal";
import { call } from "@skylark/rpc";
import { ambientCall, type Channel } from "@skylark/rpc/internal";
import { expect, it } from "vitest";
import { failureOf, turns, until } from "./support/until.js";
import { overEachNetwork, type Provider, serviceOf, World } from "./support/world.js";

interface Seen {
  readonly attempt: number;
  readonly descendsFromRetry: boolean;
}

/** Instances of an idempotent service that write down what they see, and then do as told. */
async function instances(
  world: World,
  count: number,
  name: string,
  act: () => Promise<unknown>,
): Promise<{ seen: Seen[]; providers: Provider[] }> {
  const seen: Seen[] = [];
  const implementation = {
    async get(): Promise<unknown> {
      seen.push({ attempt: call().attempt, descendsFromRetry: ambientCall()?.descendsFromRetry === true });
      return await act();
    },
  };
  const service = serviceOf(name, implementation, { idempotent: ["get"] });
  const providers = await Promise.all(Array.from({ length: count }, () => world.provide([service])));
  return { seen, providers };
}

async function refuse(): Promise<never> {
  throw new SkylarkError("unavailable", "not now");
}

function get(channel: Channel): Promise<unknown> {
  return channel.call("get", []);
}

overEachNetwork("retries", (world) => {
  it("RPC-RETRY-2 RPC-RETRY-3 RPC-RETRY-4 are two at most, say what they are, and say when they are used up", async () => {
    const { seen, providers } = await instances(world(), 5, "back", refuse);
    const channel = world().channel("back", providers);
    const error = (await failureOf(get(channel))) as SkylarkError;
    expect(error).toMatchObject({ code: "unavailable", retriesSpent: true });
    expect(error.message).toBe("not now (not tried again: 3 attempts were made)");
    expect(seen).toEqual([
      { attempt: 1, descendsFromRetry: false },
      { attempt: 2, descendsFromRetry: true },
      { attempt: 3, descendsFromRetry: true },
    ]);
  });

  it("RPC-RETRY-5 go to other instances, as long as there are others", async () => {
    const used = new Set<string>();
    const providers = await Promise.all(
      ["a", "b", "c"].map((name) =>
        world().provide([
          serviceOf(
            "back",
            {
              async get(): Promise<never> {
                used.add(name);
                return await refuse();
              },
            },
            { idempotent: ["get"] },
          ),
        ]),
      ),
    );
    const channel = world().channel("back", providers);
    channel.connect();
    await failureOf(get(channel));
    expect(used.size).toBe(3);
  });

  it("RPC-7.1 are not made of what failed otherwise, or is not idempotent", async () => {
    let executed = 0;
    const { calls } = await world().pair(
      {
        async fail(code: "internal" | "unavailable"): Promise<never> {
          executed++;
          throw new SkylarkError(code, "no");
        },
        async once(): Promise<never> {
          executed++;
          return await refuse();
        },
      },
      { idempotent: ["fail"] },
    );
    expect(await failureOf(calls.fail("internal"))).toMatchObject({ code: "internal", retriesSpent: false });
    expect(await failureOf(calls.once())).toMatchObject({ code: "unavailable", retriesSpent: false });
    expect(executed).toBe(2);
  });

  it("RPC-7.3 RPC-RETRY-4 RPC-RETRY-6 spend one budget per service in each client, and say when it is spent", async () => {
    const { seen, providers } = await instances(world(), 1, "back", refuse);
    const client = world().client();
    const channels = [client.channel("back"), client.channel("back")];
    for (const channel of channels) channel.update(providers.map(({ endpoint }) => endpoint));
    const calls = 200;
    const startedAt = performance.now();
    const errors = await Promise.all(
      Array.from({ length: calls }, async (_, at) => await failureOf(get(channels[at % 2] as Channel))),
    );
    const retried = seen.length - calls;
    const seconds = (performance.now() - startedAt) / 1000;
    expect(retried).toBeGreaterThanOrEqual(100); // what a full bucket holds
    expect(retried).toBeLessThanOrEqual(100 + 0.2 * calls + 10 * seconds + 1); // and what flows in; else it were 400
    const spent = errors.filter((error) => (error as SkylarkError).message.includes("the retry budget is spent"));
    expect(spent.length).toBeGreaterThan(0);
    for (const error of errors) expect(error).toMatchObject({ code: "unavailable", retriesSpent: true });
  });

  it("RPC-7.4 RPC-RETRY-3 are made by one process of a chain only: the one next to the failure", async () => {
    const back = await instances(world(), 4, "back", refuse);
    const toBack = world().channel("back", back.providers);
    const middle = await instances(world(), 4, "middle", async () => await get(toBack));
    const toMiddle = world().channel("middle", middle.providers);
    const front = await instances(world(), 4, "front", async () => await get(toMiddle));
    const toFront = world().channel("front", front.providers);
    const error = (await failureOf(get(toFront))) as SkylarkError;
    expect(error).toMatchObject({ code: "unavailable", retriesSpent: true });
    expect(front.seen).toEqual([{ attempt: 1, descendsFromRetry: false }]);
    expect(middle.seen).toEqual([{ attempt: 1, descendsFromRetry: false }]);
    expect(back.seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3]); // and not 27
  });

  it("RPC-7.4 RPC-RETRY-3 forbid those below them to retry, in every process below", async () => {
    const back = await instances(world(), 4, "back", refuse);
    const toBack = world().channel("back", back.providers);
    let isFirst = true;
    const middle = await instances(world(), 4, "middle", async () => {
      const mayFail = isFirst; // the first attempt fails here, before anything below could spend a retry
      isFirst = false;
      return mayFail ? await refuse() : await get(toBack);
    });
    const toMiddle = world().channel("middle", middle.providers);
    const error = (await failureOf(get(toMiddle))) as SkylarkError;
    expect(error).toMatchObject({ code: "unavailable", retriesSpent: true });
    expect(middle.seen.map(({ descendsFromRetry }) => descendsFromRetry)).toEqual([false, true, true]);
    expect(back.seen).toEqual([
      { attempt: 1, descendsFromRetry: true },
      { attempt: 1, descendsFromRetry: true },
    ]);
  });

  it("RPC-RETRY-7 take back the promise of the last attempt where an earlier one may have run", async () => {
    let executed = 0;
    const provider = await world().provide([
      serviceOf(
        "back",
        {
          async get(): Promise<never> {
            executed++;
            return await refuse();
          },
        },
        { idempotent: ["get"] },
      ),
    ]);
    const channel = world().channel("back", [provider]);
    await channel.ready();
    const failing = failureOf(channel.call("get", [], { wait: false }));
    // behind the first attempt, before the second
    channel.update([]);
    const error = (await failing) as SkylarkError;
    expect(error).toMatchObject({ code: "unavailable", reason: "NO_INSTANCE", notExecuted: false });
    expect(executed).toBe(1);
  });

  it("RPC-7.2 RPC-RETRY-5 go at once the first time, and after a pause drawn by chance the second time", async () => {
    const clock = new ManualClock();
    const paused = new World(world().network, clock);
    const { seen, providers } = await instances(paused, 3, "back", refuse);
    const failing = failureOf(get(paused.channel("back", providers)));
    await until(() => seen.length === 2);
    await turns();
    expect(seen).toHaveLength(2);
    clock.advance(10); // the first window
    await until(() => seen.length === 3);
    await failing;
    await paused.close();
  });

  it("stop when the caller gives up between two of them", async () => {
    const { seen, providers } = await instances(world(), 1, "back", refuse);
    const giveUp = new AbortController();
    const channel = world().channel("back", providers);
    const failing = failureOf(channel.call("get", [], { signal: giveUp.signal }));
    await until(() => seen.length >= 2);
    giveUp.abort();
    expect(await failing).toMatchObject({ code: "cancelled" });
    expect(seen.length).toBeLessThanOrEqual(3);
  });
});
