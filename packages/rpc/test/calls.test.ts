import { SkylarkError } from "@skylark/core";
import { type Deferred, deferred } from "@skylark/core/internal";
import { call } from "@skylark/rpc";
import { typedClient } from "@skylark/rpc/internal";
import { expect, it } from "vitest";
import { patterned } from "./support/frames.js";
import * as grading from "./support/grading.js";
import { failureOf, turns, until } from "./support/until.js";
import { overEachNetwork, serviceOf } from "./support/world.js";

class Counter {
  #count = 0;

  async add(by: number): Promise<number> {
    this.#count += by;
    return this.#count;
  }

  async _reset(): Promise<void> {
    this.#count = 0;
  }
}

class NamedCounter extends Counter {
  readonly name = "named";

  async describe(): Promise<string> {
    return `${this.name}: ${await this.add(0)}`;
  }
}

overEachNetwork("calls", (world) => {
  it("RPC-1.1 serves the functions of a module", async () => {
    const provider = await world().provide([serviceOf("grading", grading)]);
    const remote = typedClient<grading.Grading>(world().channel("grading", [provider]));
    expect(await remote.students()).toEqual([{ id: 7, name: "Ada" }]);
    expect(await remote.addGrade(7, { subject: "physics", points: 13 })).toBe("7 physics 13");
  });

  it("RPC-1.1 serves an object, of any number of arguments", async () => {
    const { calls } = await world().pair({
      async count(...args: unknown[]): Promise<number> {
        return args.length;
      },
      async echo(...args: unknown[]): Promise<unknown[]> {
        return args;
      },
    });
    for (let arity = 0; arity < 20; arity++) expect(await calls.count(...new Array<number>(arity).fill(1))).toBe(arity);
    const args = [1, "two", { three: [4] }, null, undefined, new Date(5), Buffer.from("six"), 7n, [undefined, null]];
    expect(await calls.echo(...args)).toEqual(args);
  });

  it("RPC-1.1 serves an instance of a class, with its state and what it inherits", async () => {
    const { calls } = await world().pair(new NamedCounter());
    expect(await calls.add(2)).toBe(2);
    expect(await calls.add(3)).toBe(5);
    expect(await calls.describe()).toBe("named: 5");
  });

  it("RPC-1.2 RPC-CALL-5 answers unimplemented for what is not offered, and runs nothing", async () => {
    const { channel } = await world().pair(new NamedCounter());
    for (const name of [
      "_reset",
      "constructor",
      "then",
      "toString",
      "hasOwnProperty",
      "nonsense",
      "name",
      "__proto__",
    ]) {
      const error = await failureOf(channel.call(name, [1]));
      expect(error).toMatchObject({ code: "unimplemented", notExecuted: true });
      expect((error as Error).message).toContain(name);
    }
  });

  it("RPC-CALL-4 answers undefined where there is no result, also for a function that is not async", async () => {
    const { calls, channel } = await world().pair({
      async nothing(): Promise<void> {},
      at_once: (): string => "at once",
      // oxlint-disable-next-line unicorn/no-thenable -- query builders are such
      thenable: (): object => ({ then: (resolve: (value: string) => void) => resolve("later") }),
    });
    expect(await calls.nothing()).toBeUndefined();
    expect(await channel.call("at_once", [])).toBe("at once");
    expect(await channel.call("thenable", [])).toBe("later");
  });

  it("RPC-2.2 gives the callee copies of its own", async () => {
    const { calls } = await world().pair({
      async spoil(values: number[]): Promise<number[]> {
        values.push(4);
        return values;
      },
    });
    const own = [1, 2, 3];
    expect(await calls.spoil(own)).toEqual([1, 2, 3, 4]);
    expect(own).toEqual([1, 2, 3]);
  });

  it("RPC-3.2 RPC-CALL-3 answers calls in whatever order they end", async () => {
    const gates: Deferred<void>[] = Array.from({ length: 5 }, () => deferred());
    const { calls } = await world().pair({
      async wait(at: number): Promise<number> {
        await gates[at]?.promise;
        return at;
      },
    });
    const ended: number[] = [];
    const all = gates.map(async (_, at) => ended.push(await calls.wait(at)));
    for (const at of [3, 0, 4, 1, 2]) {
      gates[at]?.resolve();
      await until(() => ended.includes(at));
    }
    await Promise.all(all);
    expect(ended).toEqual([3, 0, 4, 1, 2]);
  });

  it("RPC-3.3 lets no call wait for a slow one", async () => {
    const gate = deferred();
    const { calls, channel } = await world().pair({
      async slow(): Promise<string> {
        await gate.promise;
        return "slow";
      },
      async quick(value: number): Promise<number> {
        return value;
      },
    });
    const slow = calls.slow();
    for (let value = 0; value < 100; value++) expect(await calls.quick(value)).toBe(value);
    expect(channel.links[0]?.inFlight).toBe(1);
    gate.resolve();
    expect(await slow).toBe("slow");
  });

  it("RPC-3.7 keeps 10,000 calls in flight on one connection", async () => {
    const gate = deferred();
    let running = 0;
    const { calls, provider } = await world().pair(
      {
        async hold(value: number): Promise<number> {
          running++;
          await gate.promise;
          return value * 2;
        },
      },
      { timeoutMs: 60_000 },
    );
    const all = Array.from({ length: 10_000 }, (_, value) => calls.hold(value));
    await until(() => running === 10_000);
    expect(provider.server.connections).toBe(1);
    expect(world().tap.dials).toBe(1);
    gate.resolve();
    expect(await Promise.all(all)).toEqual(Array.from({ length: 10_000 }, (_, value) => value * 2));
  });

  it("RPC-3.1 shares one connection among all services and channels of a process, and dials at the first call", async () => {
    const first = serviceOf("first", { name: async () => "first" });
    const second = serviceOf("second", { name: async () => "second" });
    const provider = await world().provide([first, second]);
    const client = world().client();
    const channels = ["first", "second", "first"].map((service) => {
      const channel = client.channel(service);
      channel.update([provider.endpoint]);
      return channel;
    });
    await turns();
    expect(world().tap.dials).toBe(0);
    const names = await Promise.all(channels.map((channel) => channel.call("name", [])));
    expect(names).toEqual(["first", "second", "first"]);
    expect(provider.server.connections).toBe(1);
    expect(world().tap.dials).toBe(1);
  });

  it("RPC-3.4 RPC-LARGE-2 answers small calls while a large reply is on its way", async () => {
    const big = patterned(3 * 1024 * 1024);
    const { calls } = await world().pair({
      async big(): Promise<Buffer> {
        return big;
      },
      async small(value: number): Promise<number> {
        return value;
      },
    });
    await calls.small(0);
    let isHere = false;
    const reply = calls.big().then((bytes) => {
      isHere = true;
      return bytes;
    });
    let answered = 0;
    const small = Array.from({ length: 50 }, (_, value) => calls.small(value).then(() => isHere || answered++));
    await Promise.all(small);
    expect(answered).toBe(50);
    expect((await reply).equals(big)).toBe(true);
  });

  it("RPC-LARGE-1 carries large arguments beside small ones, both ways", async () => {
    const { calls } = await world().pair({
      async echo(bytes: Buffer): Promise<Buffer> {
        return bytes;
      },
    });
    const sizes = [0, 1, 16_000, 16_383, 16_384, 16_385, 50_000, 1_000_000, 4_194_296];
    const echoes = await Promise.all(sizes.map((size) => calls.echo(patterned(size, size))));
    for (const [at, size] of sizes.entries()) expect(echoes[at]?.equals(patterned(size, size))).toBe(true);
  });

  it("RPC-LARGE-4 does not send what is longer than the other side takes, and carries on", async () => {
    let executed = 0;
    const { calls } = await world().pair(
      {
        async take(_bytes: Buffer): Promise<void> {
          executed++;
        },
        async give(size: number): Promise<Buffer> {
          return Buffer.alloc(size);
        },
      },
      { messageBytesMax: 100_000 },
    );
    await calls.take(Buffer.alloc(99_994)); // a list of one, with five bytes of length
    const tooLong = await failureOf(calls.take(Buffer.alloc(99_995)));
    expect(tooLong).toMatchObject({ code: "resource_exhausted", reason: "MESSAGE_TOO_LARGE", notExecuted: true });
    expect((tooLong as Error).message).toMatch(/service\.take weigh 100001 bytes.* takes 100000/);
    expect(executed).toBe(1);
    expect(await calls.give(99_995)).toHaveLength(99_995);
    const tooLarge = await failureOf(calls.give(99_996));
    expect(tooLarge).toMatchObject({ code: "resource_exhausted", reason: "MESSAGE_TOO_LARGE", notExecuted: false });
    expect((tooLarge as Error).message).toMatch(/service\.give weighs 100001 bytes.* takes 100000/);
    await calls.take(Buffer.alloc(5));
    expect(world().tap.dials).toBe(1);
  });

  it("RPC-CALL-1 RPC-6.2 RPC-6.4 tells the handler who calls, and with what metadata", async () => {
    const { calls, provider } = await world().pair(
      {
        async context(): Promise<unknown> {
          const { service, method, caller, attempt, metadata, peer } = call();
          return { service, method, caller, attempt, metadata, hasPeer: peer.length > 0 };
        },
      },
      { identity: { name: "portal", proof: "none" } },
    );
    const expected = {
      service: "service",
      method: "context",
      caller: { name: "portal", proof: "none" },
      attempt: 1,
      hasPeer: true,
    };
    expect(await calls.context()).toEqual({ ...expected, metadata: {} });
    const metadata = { tenant: "north", note: "é".repeat(10_000) };
    expect(await calls.with({ metadata }).context()).toEqual({ ...expected, metadata });
    expect(provider.server.connections).toBe(1);
  });

  it("RPC-6.4 RPC-LARGE-4 counts metadata to the message", async () => {
    const { calls } = await world().pair({ async nothing(): Promise<void> {} }, { messageBytesMax: 50_000 });
    const metadata = { blob: "x".repeat(50_000) };
    await expect(calls.with({ metadata }).nothing()).rejects.toMatchObject({ reason: "MESSAGE_TOO_LARGE" });
    await calls.nothing();
  });

  it("tells nobody of a call outside one", () => {
    expect(() => call()).toThrow(expect.objectContaining({ code: "failed_precondition" }));
    expect(() => call()).toThrow(SkylarkError);
  });

  it("is no promise, and its functions can be taken off it", async () => {
    const { calls } = await world().pair({ echo: async (value: string) => value });
    expect(await Promise.resolve(calls)).toBe(calls);
    const { echo } = calls;
    expect(calls.echo).toBe(echo);
    expect(echo.name).toBe("echo");
    expect(await echo("free")).toBe("free");
    expect(await calls.with({ timeoutMs: 1000 }).echo("bound")).toBe("bound");
  });
});
