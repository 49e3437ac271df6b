import { randomId } from "@skylark/core/internal";
import { methodsOf, openThreads, type ServiceThreads, type ThreadedModule } from "@skylark/rpc/internal";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { failureOf, until } from "../support/until.js";
import { World } from "../support/world.js";
import * as inline from "./heavy.js";

const worker = new URL("./heavy.ts", import.meta.url);

interface Where {
  readonly isMainThread: boolean;
  readonly threadId: number;
}

let world: World;
beforeEach(() => {
  world = new World("memory");
});
afterEach(() => world.close());

/** One thread for the tests that leave it as it was: to start one is slow. */
let patient: ServiceThreads;
beforeAll(async () => {
  const options = { worker, threads: 1, callsPerThread: 2, graceMs: 600_000 };
  patient = await openThreads("heavy", options, { style: "plain", log: (level, message) => world.log(level, message) });
});
afterAll(() => patient.close());

/** A provider whose methods run on threads of its own, and somebody who calls it. */
async function onThreads(options: Omit<ThreadedModule, "worker">) {
  const threads = await openThreads("heavy", { worker, threads: 1, ...options }, { style: "plain", log: world.log });
  onTestFinished(() => threads.close());
  return await served(threads);
}

async function served(threads: Pick<ServiceThreads, "methods">) {
  const provider = await world.provide([{ name: "heavy", version: "1", methods: threads.methods }]);
  const channel = world.channel("heavy", [provider], { timeoutMs: Number.POSITIVE_INFINITY });
  const calling = (method: string, args: unknown[] = [], signal?: AbortSignal): Promise<unknown> =>
    channel.call(method, args, { signal });
  const where = async (): Promise<Where> => (await calling("where")) as Where;
  return { channel, calling, where };
}

/** What threads tell the test. */
function heard(): { readonly name: string; readonly words: unknown[] } {
  const name = randomId();
  const words: unknown[] = [];
  const channel = new BroadcastChannel(name);
  channel.addEventListener("message", (event) => void words.push((event as MessageEvent).data));
  onTestFinished(() => channel.close());
  return { name, words };
}

describe("methods on worker threads", () => {
  it("RPC-12.1 run there, with the values and the context that they would have here", async () => {
    const { calling, where, channel } = await served(patient);
    expect(await where()).toMatchObject({ isMainThread: false });
    const values = [undefined, null, new Date(1), 5n, new Uint8Array([1, 2]), { a: [] }];
    expect(await calling("echo", values)).toEqual(
      await (await served({ methods: methodsOf(inline) })).calling("echo", values),
    );
    const metadata = { "skylark.request": "r-1", colour: "red" };
    expect(await channel.call("context", [], { metadata, timeoutMs: 600_000 })).toEqual({
      service: "heavy",
      method: "context",
      caller: { name: "tester", proof: "none" },
      metadata,
      requestId: "r-1",
      attempt: 1,
      isLimited: true,
    });
  });

  it("RPC-12.1 fail as they would here, and say the same", async () => {
    const there = await served(patient);
    const here = await served({ methods: methodsOf(inline) });
    const asked: [string, unknown[]][] = [
      ["fails", ["not_found", "VALIDATION", { field: "name" }]],
      ["throwsPlain", []],
      ["unsendable", []],
    ];
    for (const [method, args] of asked) {
      const { code, reason, message, details, notExecuted } = (await failureOf(there.calling(method, args))) as never;
      expect(await failureOf(here.calling(method, args))).toMatchObject({
        code,
        reason,
        message,
        details,
        notExecuted,
      });
      expect(notExecuted).toBe(false);
    }
    expect(world.saying("debug", "heavy.throwsPlain threw"), "once on a thread, once here").toHaveLength(2);
  });

  it("RPC-12.2 RPC-12.3 RPC-5.8 leave the event loop free, and see in the midst of computing that nobody waits", async () => {
    const { calling, where } = await served(patient);
    const before = await where();
    const { name, words } = heard();
    const giveUp = new AbortController();
    const computing = failureOf(calling("computes", [name], giveUp.signal));
    await until(() => words.includes("computing")); // and so this loop turns
    giveUp.abort();
    expect(await computing).toMatchObject({ code: "cancelled" });
    await until(() => words.includes("cancelled"));
    expect(await where(), "it ended by itself, and its thread goes on").toEqual(before);
  });

  it("RPC-5.8 hear of it by their signal where they wait, and of a deadline too", async () => {
    const { channel, calling } = await served(patient);
    const { name, words } = heard();
    const giveUp = new AbortController();
    const waiting = failureOf(calling("waits", [name], giveUp.signal));
    await until(() => words.includes("waiting"));
    giveUp.abort();
    await waiting;
    await until(() => words.includes("cancelled"));
    // one that passes before the handler begins proves nothing: the next allows more
    for (let timeoutMs = 100; !words.includes("deadline_exceeded"); timeoutMs *= 2) {
      expect(await failureOf(channel.call("computes", [name], { timeoutMs }))).toMatchObject({
        code: "deadline_exceeded",
      });
    }
  });

  it("RPC-12.3 are ended with their thread where they do not listen, and another thread serves on", async () => {
    const { calling, where } = await onThreads({ graceMs: 20 });
    const before = await where();
    const { name, words } = heard();
    const giveUp = new AbortController();
    const deaf = failureOf(calling("neverEnds", [name], giveUp.signal));
    await until(() => words.includes("deaf"));
    giveUp.abort();
    await deaf;
    const after = await where();
    expect(after.threadId).not.toBe(before.threadId);
    expect(world.saying("warn", 'a thread of "heavy" was ended: neverEnds ran on')).toHaveLength(1);
  });

  it("RPC-16.3 that crash their thread fail, and another thread takes its place", async () => {
    const { calling, where } = await onThreads({});
    const seen = new Set([(await where()).threadId]);
    const crashes: [string, unknown[], RegExp][] = [
      ["exits", [3], /ended itself with code 3/],
      ["crashesLater", [], /nobody catches this/],
    ];
    for (const [method, args, message] of crashes) {
      const failure = await failureOf(calling(method, args));
      expect(failure).toMatchObject({ code: "unknown", reason: "THREAD_ENDED", notExecuted: false });
      expect(failure).toMatchObject({ message: expect.stringMatching(message) as string });
      seen.add((await where()).threadId);
    }
    expect(seen.size).toBe(3);
    expect(world.saying("error", 'a thread of "heavy" crashed')).toHaveLength(2);
  });

  it("RPC-16.1 run on as many threads as were asked for, behind one address", async () => {
    const { calling } = await onThreads({ threads: 2 });
    const { name } = heard();
    const [one, other] = await Promise.all([calling("meets", [name]), calling("meets", [name])]);
    expect(one, "with one call a thread, two that meet are on two").not.toBe(other);
  });

  it("RPC-16.1 run several at once on one thread, where told so", async () => {
    const { calling, where } = await served(patient);
    const { threadId } = await where();
    const { name } = heard();
    expect(await Promise.all([calling("meets", [name]), calling("meets", [name])])).toEqual([threadId, threadId]);
  });
});

describe("server streams on worker threads", () => {
  it("RPC-12.1 send what their generator yields, fail as it does, and are left in order", async () => {
    const { channel, where } = await served(patient);
    const messages: unknown[] = [];
    for await (const message of channel.stream("counts", [3])) messages.push(message);
    expect(messages).toEqual([{ count: 1 }, { count: 2 }, { count: 3 }]);

    const broken = async (): Promise<void> => {
      for await (const message of channel.stream("breaks", [])) messages.push(message);
    };
    expect(await failureOf(broken())).toMatchObject({ code: "unknown", message: "no further" });

    const { name, words } = heard();
    for await (const _ of channel.stream("counts", [1_000_000, name])) break;
    await until(() => words.includes("left"));
    expect(await where(), "the thread is free again").toMatchObject({ isMainThread: false });
  });
});

describe("a module that cannot be loaded", () => {
  it("RPC-12.1 is named, with the reason, when it shall be served", async () => {
    const missing = new URL("./nowhere.ts", import.meta.url);
    const failure = await failureOf(openThreads("heavy", { worker: missing }, { style: "plain", log: world.log }));
    expect(failure).toMatchObject({ code: "failed_precondition" });
    expect(failure).toMatchObject({ message: expect.stringContaining(`${missing.href} cannot be loaded`) as string });
    expect(world.logged, "whoever serves it is told, and nobody else").toEqual([]);
  });

  it("RPC-16.4 refuses limits that are none", async () => {
    const failure = await failureOf(openThreads("heavy", { worker, threads: 0 }, { style: "plain", log: world.log }));
    expect(failure).toMatchObject({ code: "invalid_argument" });
  });
});
