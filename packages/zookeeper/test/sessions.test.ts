import { describe, expect, it } from "vitest";
import type { WatchNotice } from "../src/index.js";
import { openZooKeeper } from "../src/index.js";
import type { Welcome } from "./support/fake-server.js";
import { FakeWorld } from "./support/fake-world.js";
import { failureOf, until } from "./support/until.js";

// sessions of 6 s against a server that does as it is told

const granted: Welcome = { sessionId: 77n, timeoutMs: 6000 };
const over: Welcome = { sessionId: 0n, timeoutMs: 0 };

describe("a connection", () => {
  it("is kept alive by a ping at each third of the granted time-out", async () => {
    const world = await FakeWorld.listen();
    await using _ = world;
    world.server.welcome = () => ({ sessionId: 77n, timeoutMs: 3000 });
    world.server.answer = ({ xid, connection }) => connection.reply(xid, -101);
    await world.connect({ sessionTimeoutMs: 60_000 });
    for (let pings = 1; pings <= 10; pings += 1) {
      world.clock.advance(1001);
      await until(() => world.server.pings >= pings);
      await world.zk.exists("/a"); // its answer comes after the ping's
    }
    expect(world.zk.state).toMatchObject({ kind: "connected", timeoutMs: 3000 });
    expect(world.server.connections).toHaveLength(1);
  });

  it("to a server that has gone silent is given up before two thirds of the time-out, and the session kept", async () => {
    await using world = await FakeWorld.open();
    world.server.answersPings = "no";
    world.clock.advance(2001);
    await until(() => world.server.pings === 1);
    world.clock.advance(1990);
    expect(world.zk.state.kind).toBe("suspended");
    await world.reconnects();
    world.server.answersPings = "yes";
    await until(() => world.zk.state.kind === "connected");
    expect(world.server.latest.greeting).toMatchObject({ sessionId: 77n, password: Buffer.alloc(16, 1) });
    expect(world.states).toEqual(["suspended", "connected"]);
  });

  it("is not given up because this process stood still: it asks first", async () => {
    await using world = await FakeWorld.open();
    world.clock.stall(4500);
    await until(() => world.server.pings === 1);
    const { connections } = world.server;
    world.zk.sync().catch(() => {});
    await world.server.request("sync");
    expect(connections).toHaveLength(1);
    expect(world.states).toEqual([]);
  });

  it("goes to the next server where one accepts and says nothing", async () => {
    await using world = await FakeWorld.listen(2);
    for (const server of world.servers) server.welcome = () => "say nothing";
    const opening = world.connect();
    await until(() => world.servers.some(({ connections }) => connections.length === 1));
    const silent = world.servers.find(({ connections }) => connections.length === 1);
    for (const server of world.servers) if (server !== silent) server.welcome = () => granted;
    await world.timePasses(() => world.servers.every(({ connections }) => connections.length > 0));
    expect(world.clock.now()).toBeGreaterThanOrEqual(3000); // its share of the time-out
    const zk = await world.during(opening);
    expect(zk.state).toMatchObject({ kind: "connected" });
  });
});

describe("a session", () => {
  it("is resumed by its id and password, with the last transaction seen", async () => {
    await using world = await FakeWorld.open();
    world.server.latest.zxid = 99n;
    const exists = world.zk.exists("/a");
    const { xid, connection } = await world.server.request("exists");
    connection.reply(xid, -101);
    await exists;
    await world.loses();
    await world.reconnects();
    await until(() => world.zk.state.kind === "connected");
    expect(world.server.latest.greeting).toMatchObject({ sessionId: 77n, lastZxidSeen: 99n });
  });

  it("that another is granted in place of is none", async () => {
    await using world = await FakeWorld.open({ expiresBy: "server" });
    await world.loses();
    world.server.welcome = () => ({ sessionId: 78n, timeoutMs: 6000 });
    await world.reconnects(3);
    expect(world.states).toEqual(["suspended"]);
  });

  it("COORD-2.2 is over by this client's own clock a full time-out after the last answered request was sent", async () => {
    await using world = await FakeWorld.open();
    const { clock } = world;
    clock.advance(1500);
    const sentAt = clock.now();
    const synced = world.zk.sync();
    const { xid, connection } = await world.server.request("sync");
    clock.advance(400);
    connection.reply(xid, 0, (writer) => writer.text("/"));
    await synced;
    world.server.welcome = () => "hang up";
    await world.loses();
    await world.timePasses(() => clock.now() >= sentAt + 5980);
    expect(world.zk.state.kind).toBe("suspended");
    clock.advance(sentAt + 6000 - clock.now());
    expect(world.states).toEqual(["suspended", "expired", "connecting"]);
    world.server.welcome = () => ({ sessionId: 78n, timeoutMs: 6000 });
    await world.timePasses(() => world.zk.state.kind === "connected");
    expect(world.zk.state).toMatchObject({ sessionId: 78n });
    expect(world.server.latest.greeting).toMatchObject({ sessionId: 0n, lastZxidSeen: 0n });
  });

  it("is over at once after a stop of this process longer than its time, and the server is told", async () => {
    await using world = await FakeWorld.open();
    const [first] = world.server.connections;
    world.clock.stall(6500);
    expect(world.states).toEqual(["expired", "connecting"]);
    expect((await world.server.request("closeSession")).connection).toBe(first);
  });

  it("is over only by the server's word where the client was told so", async () => {
    await using world = await FakeWorld.open({ expiresBy: "server" });
    world.server.welcome = () => "hang up";
    await world.loses();
    await world.timePasses(() => world.clock.now() > 9000);
    expect(world.states).toEqual(["suspended"]);
    world.server.welcome = () => over;
    await world.timePasses(() => world.states.includes("expired"));
    expect(world.states.slice(0, 3)).toEqual(["suspended", "expired", "connecting"]);
  });

  it("ends for good where the client was told so: calls fail, watches hear it", async () => {
    await using world = await FakeWorld.open({ onExpiry: "end" });
    const notices: WatchNotice["kind"][] = [];
    world.server.answer = ({ xid, connection }) => connection.reply(xid);
    await world.zk.watch("/a", ({ kind }) => notices.push(kind));
    await world.loses();
    world.server.welcome = () => over;
    await world.timePasses(() => world.zk.state.kind === "expired");
    expect(notices).toEqual(["ended"]);
    expect(await failureOf(world.zk.sync())).toMatchObject({ code: "failed_precondition", reason: "SESSION_EXPIRED" });
    world.clock.advance(60_000);
    expect(world.states).toEqual(["suspended", "expired"]);
  });

  it("takes requests that were not sent with it: none runs in the next", async () => {
    await using world = await FakeWorld.open();
    await world.loses();
    const failure = failureOf(world.zk.create("/mine", "", { mode: "ephemeral", timeoutMs: 60_000 }));
    world.server.welcome = ({ sessionId }) => (sessionId === 0n ? { sessionId: 78n, timeoutMs: 6000 } : over);
    await world.timePasses(() => world.zk.state.kind === "connected");
    expect(await failure).toMatchObject({ reason: "SESSION_EXPIRED", notExecuted: true });
    void world.zk.sync().catch(() => {});
    await world.server.request("sync");
    expect(world.server.received.map(({ operation }) => operation)).toEqual(["sync"]);
  });
});

describe("servers whose data was wiped", () => {
  it("end the session: once its time has passed, the client asks as one who has seen nothing", async () => {
    await using world = await FakeWorld.open({ expiresBy: "server" });
    world.server.welcome = ({ lastZxidSeen, sessionId }) => {
      if (lastZxidSeen > 0n) return "hang up";
      return sessionId === 0n ? { sessionId: 78n, timeoutMs: 6000 } : over;
    };
    const synced = world.zk.sync();
    const { xid, connection } = await world.server.request("sync");
    connection.reply(xid, 0, (writer) => writer.text("/"));
    await synced;
    await world.loses();
    await world.timePasses(() => world.zk.state.kind === "connected");
    expect(world.states).toEqual(["suspended", "expired", "connecting", "connected"]);
    expect(world.clock.now()).toBeGreaterThan(6000);
  });

  it("are told from one that lags: that one is not read from", async () => {
    await using world = await FakeWorld.open({ expiresBy: "server" });
    world.server.welcome = ({ lastZxidSeen }) => (lastZxidSeen > 0n ? "hang up" : granted);
    const synced = world.zk.sync();
    const { xid, connection } = await world.server.request("sync");
    connection.reply(xid, 0, (writer) => writer.text("/"));
    await synced;
    await world.loses();
    await world.timePasses(() =>
      world.server.connections.some(({ greeting }, index) => index > 0 && greeting?.lastZxidSeen === 0n),
    );
    const asked = world.server.connections.length;
    await world.reconnects(asked + 1);
    expect(world.states).toEqual(["suspended"]);
    world.server.welcome = () => granted;
    await world.timePasses(() => world.zk.state.kind === "connected");
    expect(world.server.latest.greeting?.lastZxidSeen).toBe(1n);
  });
});

describe("a new connection", () => {
  it("hears credentials first, then watches, then what waited", async () => {
    await using world = await FakeWorld.listen();
    world.server.answer = ({ xid, connection }) => connection.reply(xid);
    await world.connect({ auth: [{ scheme: "digest", credentials: "ada:secret" }] });
    await world.zk.watch("/a", () => {});
    await world.loses();
    world.zk.sync().catch(() => {});
    world.server.received.length = 0;
    await world.reconnects();
    await world.server.request("sync");
    expect(world.server.received.map(({ operation }) => operation)).toEqual(["auth", "setWatches2", "sync"]);
  });

  it("has its watches told that they may have missed something, after they are set again", async () => {
    await using world = await FakeWorld.open();
    const notices: WatchNotice[] = [];
    world.server.answer = ({ xid, connection, operation }) => {
      if (operation === "setWatches2") connection.event(3, "/a"); // what a server does with what it has ready
      connection.reply(xid);
    };
    await world.zk.watch("/a", (notice) => notices.push(notice));
    await world.loses();
    await world.reconnects();
    await until(() => notices.length === 2);
    expect(notices).toEqual([{ kind: "dataChanged", path: "/a" }, { kind: "resumed" }]);
  });
});

describe("opening", () => {
  it("COORD-8.4 fails at once where credentials are refused, and says so", async () => {
    await using world = await FakeWorld.listen();
    world.server.answer = ({ xid, connection }) => {
      connection.reply(xid, -115);
      connection.socket.end();
    };
    const opening = world.connect({ auth: [{ scheme: "digest", credentials: "ada:wrong" }] });
    const failure = await failureOf(
      opening.then((zk) => until(() => zk.state.kind === "closed").then(() => zk.sync())),
    );
    expect(String(failure)).toContain("the server refused the credentials");
  });

  it("fails when there is no session in time, and says what each server said", async () => {
    await using world = await FakeWorld.listen(2);
    for (const server of world.servers) server.welcome = () => "hang up";
    const failure = failureOf(
      openZooKeeper(`${world.connectString},127.0.0.1:1`, { clock: world.clock, openTimeoutMs: 9000 }),
    );
    await world.timePasses(() => world.clock.now() >= 9000);
    const error = (await failure) as Error;
    expect(error).toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST" });
    expect(error.message).toContain("no session within 9000 ms");
    for (const { address } of world.servers) expect(error.message).toContain(`${address} hung up`);
    expect(error.message).toContain("ECONNREFUSED 127.0.0.1:1");
  });
});
