import type { SkylarkError } from "@skylark/core";
import { describe, expect, it } from "vitest";
import { writeStat } from "./support/fake-server.js";
import { FakeWorld } from "./support/fake-world.js";
import { failureOf } from "./support/until.js";

describe("a request", () => {
  it("is answered in the order it was sent, each by its own answer", async () => {
    await using world = await FakeWorld.open();
    const { server, zk } = world;
    const both = Promise.all([zk.getChildren("/a"), zk.getChildren("/b")]);
    const second = await server.request("getChildren2", 2);
    for (const { xid, connection } of server.received) {
      connection.reply(xid, 0, (writer) => {
        writer.texts([xid === second.xid ? "b" : "a"]);
        writeStat(writer);
      });
    }
    const [first, last] = await both;
    expect([first.children, last.children]).toEqual([["a"], ["b"]]);
  });

  it("whose connection is lost before its answer may have happened, and is not sent again", async () => {
    await using world = await FakeWorld.open();
    const { server, zk } = world;
    const failure = failureOf(zk.setData("/a", "x"));
    (await server.request("setData")).connection.socket.destroy();
    expect(await failure).toMatchObject({
      code: "unavailable",
      reason: "CONNECTION_LOST",
      details: { zookeeper: "connection_loss" },
      notExecuted: false,
    });
    await world.reconnects(2);
    const exists = zk.exists("/b");
    const { xid, connection } = await server.request("exists");
    connection.reply(xid, -101);
    expect(await exists).toBeUndefined();
    expect(server.received.filter(({ operation }) => operation === "setData")).toHaveLength(1);
  });

  it("that was not sent waits for the next connection", async () => {
    await using world = await FakeWorld.open();
    const { server, zk } = world;
    await world.loses();
    const exists = zk.exists("/a");
    await world.reconnects(2);
    const { xid, connection } = await server.request("exists");
    connection.reply(xid, 0, writeStat);
    expect(await exists).toMatchObject({ czxid: 1n });
  });

  it("that was not sent in time did not happen, and never will", async () => {
    await using world = await FakeWorld.open();
    const { server, zk } = world;
    await world.loses();
    server.welcome = () => "hang up";
    const failure = failureOf(zk.create("/a", "", { timeoutMs: 1000 }));
    world.clock.advance(1100);
    expect(await failure).toMatchObject({ code: "deadline_exceeded", notExecuted: true });
    server.welcome = ({ sessionId, timeoutMs }) => ({ sessionId, timeoutMs });
    await world.timePasses(() => zk.state.kind === "connected");
    void zk.sync().catch(() => {});
    await server.request("sync");
    expect(server.received.map(({ operation }) => operation)).toEqual(["sync"]);
  });

  it("that is not answered in time may have happened, and the answers after it find their own", async () => {
    await using world = await FakeWorld.open();
    const { server, zk } = world;
    const failure = failureOf(zk.setData("/a", "", { timeoutMs: 500 }));
    const late = await server.request("setData");
    world.clock.advance(600);
    expect(await failure).toMatchObject({ code: "deadline_exceeded", notExecuted: false });
    const exists = zk.exists("/a");
    const next = await server.request("exists");
    late.connection.reply(late.xid, -103);
    next.connection.reply(next.xid, 0, writeStat);
    expect(await exists).toMatchObject({ version: 0 });
  });

  it("is given up by a signal, before it is sent or after", async () => {
    await using world = await FakeWorld.open();
    const { server, zk } = world;
    const abort = new AbortController();
    const sent = failureOf(zk.sync("/", { signal: abort.signal }));
    await server.request("sync");
    abort.abort();
    expect(await sent).toMatchObject({ code: "cancelled", notExecuted: false });
    await world.loses();
    expect(await failureOf(zk.sync("/", { signal: AbortSignal.abort() }))).toMatchObject({
      code: "cancelled",
      notExecuted: true,
    });
  });

  it("is refused where too many are under way", async () => {
    await using world = await FakeWorld.open({ requestsMax: 3 });
    const { server, zk } = world;
    const three = [1, 2, 3].map(() => zk.sync());
    const failure = (await failureOf(zk.sync())) as SkylarkError;
    expect(failure).toMatchObject({ code: "resource_exhausted", notExecuted: true });
    await server.request("sync", 3);
    for (const { xid, connection } of [...server.received]) connection.reply(xid, 0, (writer) => writer.text("/"));
    await Promise.all(three);
    server.answer = ({ xid, connection }) => connection.reply(xid, 0, (writer) => writer.text("/"));
    await zk.sync();
  });

  it("larger than servers take is refused before it is sent, and the connection stays", async () => {
    await using world = await FakeWorld.open({ requestBytesMax: 1000 });
    const { server, zk } = world;
    expect(await failureOf(zk.create("/a", Buffer.alloc(1000)))).toMatchObject({
      code: "invalid_argument",
      reason: "MESSAGE_TOO_LARGE",
      notExecuted: true,
    });
    server.answer = ({ xid, connection }) => connection.reply(xid, -101);
    expect(await zk.exists("/a")).toBeUndefined();
    expect(server.received.map(({ operation }) => operation)).toEqual(["exists"]);
    expect(server.connections).toHaveLength(1);
  });

  it("for no path is refused at once", async () => {
    await using world = await FakeWorld.open();
    const { zk } = world;
    expect(await failureOf(zk.getData("a"))).toMatchObject({ code: "invalid_argument" });
    expect(await failureOf(zk.create("/a", "", { mode: "container", sequential: true }))).toMatchObject({
      code: "invalid_argument",
    });
    expect(await failureOf(zk.create("/a", "", { mode: "ephemeral", ttlMs: 5 }))).toMatchObject({
      code: "invalid_argument",
    });
    expect(await failureOf(zk.sync("/", { timeoutMs: 0 }))).toMatchObject({ reason: "SETTING" });
  });

  it("under way is cancelled by closing, and one made afterwards is refused", async () => {
    await using world = await FakeWorld.open();
    const { server, zk } = world;
    const failure = failureOf(zk.sync());
    await server.request("sync");
    const closing = zk.close();
    expect(await failure).toMatchObject({ code: "cancelled" });
    await closing;
    await server.request("closeSession");
    expect(zk.state).toEqual({ kind: "closed", error: undefined });
    expect(await failureOf(zk.sync())).toMatchObject({ code: "failed_precondition", notExecuted: true });
    await zk.close();
  });
});
