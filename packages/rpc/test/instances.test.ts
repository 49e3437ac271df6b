import type { SkylarkError } from "@skylark/core";
import { type Clock, deferred, systemClock } from "@skylark/core/internal";
import type { MethodEntry } from "@skylark/rpc/internal";
import { expect, it } from "vitest";
import { failureOf, turns, until } from "./support/until.js";
import { overEachNetwork, serviceOf, World } from "./support/world.js";

const echo = serviceOf("echo", { echo: async (value: unknown) => value });
const log = serviceOf("log", { append: async (line: string) => line.length });

overEachNetwork("instances", (world) => {
  it("RPC-3.9 RPC-HELLO-5 refuse a caller that meant another, and name themselves", async () => {
    const { endpoint } = await world().provide([echo], { instance: "newcomer" });
    const channel = world().client().channel("echo");
    channel.update([{ id: "departed", address: endpoint.address }]);
    const error = (await failureOf(channel.call("echo", [1], { wait: false }))) as SkylarkError;
    expect(error).toMatchObject({ code: "unavailable", reason: "NO_INSTANCE", notExecuted: true });
    expect(error.message).toContain("instance departed was dialled, but newcomer answers here");
    expect(channel.links).toMatchObject([{ id: "departed", status: "failing" }]);
    channel.update([endpoint]);
    expect(await channel.call("echo", [1])).toBe(1);
  });

  it("are waited for, by default until the deadline", async () => {
    const channel = world().channel("echo", []);
    const waiting = channel.call("echo", ["early"]);
    await turns();
    const { endpoint } = await world().provide([echo]);
    channel.update([endpoint]);
    expect(await waiting).toBe("early");
    channel.update([]);
    const error = (await failureOf(channel.call("echo", [1], { timeoutMs: 30 }))) as SkylarkError;
    expect(error).toMatchObject({ code: "unavailable", reason: "NO_INSTANCE", notExecuted: true });
    expect(error.message).toBe('no instance of "echo" can be called: none is known');
  });

  it("are not waited for where the caller says so, but for a dial that is under way", async () => {
    const none = world().channel("echo", [], { absence: () => "3 in us (set region: any)" });
    const error = (await failureOf(none.call("echo", [1], { wait: false }))) as SkylarkError;
    expect(error.message).toBe('no instance of "echo" can be called: 3 in us (set region: any)');
    const provider = await world().provide([echo]);
    const channel = world().channel("echo", [provider]);
    expect(await channel.call("echo", [1], { wait: false })).toBe(1);
    await provider.server.close();
    await until(() => channel.links[0]?.status === "failing");
    const gone = (await failureOf(channel.call("echo", [1], { wait: false }))) as SkylarkError;
    expect(gone).toMatchObject({ code: "unavailable", reason: "NO_INSTANCE" });
    expect(gone.message).toMatch(/1 known, none connected \(.*\)/);
  });

  it("share calls among them", async () => {
    const providers = await Promise.all(
      ["a", "b", "c"].map((name) => world().provide([serviceOf("who", { who: async () => name })])),
    );
    const channel = world().channel("who", providers);
    channel.connect();
    await until(() => channel.links.every(({ status }) => status === "ready"));
    const names = await Promise.all(Array.from({ length: 60 }, () => channel.call("who", [])));
    expect(new Set(names)).toEqual(new Set(["a", "b", "c"]));
  });

  it("RPC-HELLO-8 are called for services that they offer later, over the connection there is", async () => {
    const provider = await world().provide([echo]);
    const client = world().client();
    const [toEcho, toLog] = [client.channel("echo"), client.channel("log")];
    for (const channel of [toEcho, toLog]) channel.update([provider.endpoint]);
    await toEcho.call("echo", [1]);
    expect(await failureOf(toLog.call("append", ["x"]))).toMatchObject({ code: "unimplemented", notExecuted: true });
    provider.server.offer(log);
    await until(() => toLog.methods.length > 0);
    expect(await toLog.call("append", ["four"])).toBe(4);
    provider.server.withdraw("log");
    await until(() => toLog.methods.length === 0);
    expect(await failureOf(toLog.call("append", ["x"]))).toMatchObject({ code: "unimplemented" });
    expect(await toEcho.call("echo", [2])).toBe(2);
    expect(world().tap.dials).toBe(1);
  });

  it("RPC-HELLO-8 are picked for the services that they offer, where several are known", async () => {
    const [both, one] = [await world().provide([echo, log]), await world().provide([echo])];
    const channel = world().channel("log", [both, one]);
    channel.connect();
    await until(() => channel.links.every(({ status }) => status === "ready"));
    const sent = Array.from({ length: 40 }, () => channel.call("append", ["four"]));
    expect(await Promise.all(sent)).toEqual(Array.from({ length: 40 }, () => 4));
  });

  it("RPC-CALL-5 refuse a method number that they no longer offer", async () => {
    const provider = await world().provide([echo, log]);
    const channel = world().channel("log", [provider]);
    await channel.ready();
    provider.server.withdraw("log");
    const sentBeforeItKnew = channel.call("append", ["x"]);
    expect(await failureOf(sentBeforeItKnew)).toMatchObject({ code: "unimplemented", notExecuted: true });
    provider.server.offer(log);
    await until(() => channel.methods.length > 0);
    expect(await channel.call("append", ["four"])).toBe(4);
    const ids = provider.server.services.flatMap(({ methods }) => methods.map(({ id }: MethodEntry) => id));
    expect(ids).toEqual([0, 2]); // never a number twice
  });

  it("refuse to offer a name twice, and more methods than there are numbers", async () => {
    const { server } = await world().provide([echo]);
    expect(() => server.offer(echo)).toThrow(expect.objectContaining({ code: "already_exists" }));
    const functions = Object.fromEntries(Array.from({ length: 65_536 }, (_, at) => [`f${at}`, async () => at]));
    expect(() => server.offer(serviceOf("huge", functions))).toThrow(
      expect.objectContaining({ code: "resource_exhausted" }),
    );
    server.withdraw("nobody");
    expect(server.offered).toEqual([echo]);
  });

  it("RPC-3.1 are disconnected when nobody uses them any more, and not before their calls are answered", async () => {
    const gate = deferred();
    let running = 0;
    const slow = serviceOf("slow", {
      async hold(): Promise<string> {
        running++;
        await gate.promise;
        return "held";
      },
    });
    const [old, idle] = [await world().provide([slow]), await world().provide([slow])];
    const client = world().client();
    const channels = [client.channel("slow"), client.channel("slow")];
    for (const channel of channels) channel.update([old.endpoint]);
    const held = channels.map((channel) => channel.call("hold", []));
    await until(() => running === 2);
    for (const channel of channels) channel.update([idle.endpoint]);
    await turns();
    expect(old.server.connections).toBe(1);
    gate.resolve();
    expect(await Promise.all(held)).toEqual(["held", "held"]);
    await until(() => old.server.connections === 0);
    expect(channels[0]?.links.map(({ id }) => id)).toEqual([idle.endpoint.id]);
  });

  it("RPC-3.1 keep their connection when they leave a directory and come back while calls run", async () => {
    const gate = deferred();
    let running = 0;
    const slow = serviceOf("slow", {
      async hold(): Promise<void> {
        running++;
        await gate.promise;
      },
      async quick(): Promise<number> {
        return running;
      },
    });
    const provider = await world().provide([slow]);
    const channel = world().channel("slow", [provider]);
    const held = channel.call("hold", []);
    await until(() => running === 1);
    channel.update([]);
    channel.update([provider.endpoint]);
    expect(await channel.call("quick", [])).toBe(1);
    gate.resolve();
    await held;
    expect(world().tap.dials).toBe(1);
    expect(provider.server.connections).toBe(1);
  });

  it("are dialled again with growing pauses while they hang up at once", async () => {
    let accepted = 0;
    const listener = await world().tap.listen(
      world().network === "memory" ? "memory://rude" : "tcp://127.0.0.1:0",
      (wire) => {
        accepted++;
        wire.destroy();
      },
    );
    const channel = world().client().channel("any");
    channel.update([{ id: "rude", address: listener.address }]);
    channel.connect();
    await until(() => accepted === 3);
    expect(channel.links[0]?.status).not.toBe("ready");
    channel.close();
    const { dials } = world().tap;
    await turns();
    expect(world().tap.dials).toBe(dials);
    await listener.close();
  });

  it("keep the process alive while somebody waits for them", async () => {
    let alive = 0;
    const after: Clock["after"] = (delayMs, fire, keepsAlive) => {
      const timer = systemClock.after(delayMs, fire, keepsAlive);
      if (keepsAlive) alive++;
      return { cancel: () => (timer.cancel(), void (keepsAlive && alive--)) };
    };
    const own = new World(world().network, { ...systemClock, after });
    const channel = own.channel("echo", []);
    const giveUp = new AbortController();
    const options = { signal: giveUp.signal, timeoutMs: Number.POSITIVE_INFINITY };
    const waiting = [failureOf(channel.call("echo", [1], options)), failureOf(channel.call("echo", [2], options))];
    await turns();
    expect(alive).toBe(1);
    giveUp.abort();
    await Promise.all(waiting);
    expect(alive).toBe(0);
    await own.close();
  });

  it("are left alone by a client that is closed while it dials them, at whatever moment", async () => {
    const provider = await world().provide([echo]);
    for (let moment = 0; moment < 12; moment++) {
      const client = world().client();
      const channel = client.channel("echo");
      channel.update([provider.endpoint]);
      const failing = failureOf(channel.call("echo", [1]).then(() => Promise.reject(new Error("answered"))));
      await turns(moment);
      client.close();
      await failing;
    }
    await until(() => provider.server.connections === 0 && world().tap.open().length === 0);
    expect(provider.resources.deadlines.size).toBe(0);
  });

  it("answer nobody after their server was closed, and their server may be closed twice", async () => {
    const { server, endpoint } = await world().provide([echo]);
    const channel = world().client().channel("echo");
    channel.update([endpoint]);
    await channel.ready();
    await Promise.all([server.close(), server.close()]);
    await server.close();
    expect(server.connections).toBe(0);
    await until(() => channel.links[0]?.status === "failing");
  });
});
