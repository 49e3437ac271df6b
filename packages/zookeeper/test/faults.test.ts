import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type FaultProxy,
  startFaultProxy,
  startZooKeeper,
  type ZooKeeperEnsemble,
  zooKeeperFraming,
} from "@skylark/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openZooKeeper, type WatchNotice, type ZooKeeper, type ZooKeeperOptions } from "../src/index.js";
import { failureOf, until } from "./support/until.js";

// one real server; the client under test reaches it through a proxy, the observer directly

const dataDir = mkdtempSync(join(tmpdir(), "sky-zookeeper-data-"));
let ensemble: ZooKeeperEnsemble;
let observer: ZooKeeper;
let proxy: FaultProxy;
const opened: ZooKeeper[] = [];

beforeAll(async () => {
  ensemble = await startZooKeeper({ tickMs: 250, properties: { dataDir } });
  observer = await openZooKeeper(ensemble.connectString, {
    sessionTimeoutMs: 60_000,
    requestTimeoutMs: 60_000,
    expiresBy: "server",
  });
}, 120_000);

afterAll(async () => {
  await observer?.close();
  await ensemble?.close();
  rmSync(dataDir, { recursive: true, force: true });
}, 60_000);

beforeEach(async () => {
  const [member] = ensemble.members;
  proxy = await startFaultProxy({ target: member?.address ?? "", framing: zooKeeperFraming });
});

afterEach(async () => {
  for (const zk of opened.splice(0)) await zk.close();
  await proxy.close();
});

/** Through the proxy, with the story of its states. */
async function open(options: ZooKeeperOptions = {}): Promise<{ zk: ZooKeeper; states: string[] }> {
  const zk = await openZooKeeper(proxy.address, { sessionTimeoutMs: 60_000, requestTimeoutMs: 60_000, ...options });
  const states: string[] = [];
  zk.onState(({ kind }) => states.push(kind));
  opened.push(zk);
  return { zk, states };
}

function sessionOf({ state }: ZooKeeper): bigint | undefined {
  return "sessionId" in state ? state.sessionId : undefined;
}

describe("a connection that is cut", () => {
  it("costs neither the session nor its ephemeral nodes", async () => {
    const { zk, states } = await open();
    const session = sessionOf(zk);
    await zk.create("/kept", null, { mode: "ephemeral" });
    for (let cut = 1; cut <= 5; cut += 1) {
      proxy.cut();
      await until(() => states.length === 2 * cut);
      expect(await zk.exists("/kept")).toMatchObject({ ephemeralOwner: session });
    }
    expect(new Set(states)).toEqual(new Set(["suspended", "connected"]));
    expect(sessionOf(zk)).toBe(session);
  });

  it("COORD-1.11 before the answer to a create leaves one node, and a client that says it does not know", async () => {
    const { zk } = await open();
    await zk.create("/lost-reply");
    const lost = proxy.dropReplyTo((request) => request.includes("/lost-reply/s-"));
    expect(await failureOf(zk.create("/lost-reply/s-", null, { sequential: true }))).toMatchObject({
      code: "unavailable",
      reason: "CONNECTION_LOST",
      notExecuted: false,
    });
    await lost;
    expect((await zk.getChildren("/lost-reply")).children).toEqual(["s-0000000000"]);
  });

  it("leaves watches that fire for what they missed, and persistent ones told that they may have", async () => {
    const { zk } = await open();
    const told: Record<"changed" | "quiet" | "absent" | "lasting", WatchNotice[]> = {
      changed: [],
      quiet: [],
      absent: [],
      lasting: [],
    };
    const paths = Array.from({ length: 2000 }, (_, index) => `/away/${index}-${"x".repeat(100)}`); // two batches
    await observer.create("/away");
    await Promise.all(paths.map((path) => observer.create(path)));
    await Promise.all(
      paths.map((path, index) =>
        zk.getData(path, { watch: (notice) => (index < 10 ? told.changed : told.quiet).push(notice) }),
      ),
    );
    await zk.exists("/away/absent", { watch: (notice) => told.absent.push(notice) });
    await zk.watch("/away", (notice) => told.lasting.push(notice), { recursive: true });
    proxy.refuse();
    await Promise.all(paths.slice(0, 10).map((path) => observer.setData(path, "1")));
    await observer.create("/away/absent");
    proxy.accept();
    await until(() => told.lasting.some(({ kind }) => kind === "resumed"));
    expect(told.changed).toHaveLength(10);
    expect(told.absent).toEqual([{ kind: "created", path: "/away/absent" }]);
    expect(told.quiet).toEqual([]);
    await Promise.all(paths.slice(10, 20).map((path) => observer.setData(path, "1")));
    await zk.sync();
    expect(told.quiet).toHaveLength(10);
    expect(told.lasting.filter((notice) => "path" in notice && paths.indexOf(notice.path) >= 10)).toHaveLength(10);
  });
});

describe("a session that expires", () => {
  it("COORD-2.2 by the server's word is followed by another, with persistent watches set again and the others ended", async () => {
    const { zk, states } = await open({ sessionTimeoutMs: 6000, expiresBy: "server" });
    const before = sessionOf(zk);
    const told: { once: string[]; lasting: string[] } = { once: [], lasting: [] };
    await zk.create("/gone", null, { mode: "ephemeral" });
    await zk.getData("/gone", { watch: ({ kind }) => told.once.push(kind) });
    await zk.watch("/after", ({ kind }) => told.lasting.push(kind));
    const deleted: string[] = [];
    await observer.watch("/gone", ({ kind }) => deleted.push(kind));
    proxy.refuse();
    await until(() => deleted.includes("deleted"));
    expect(states).toEqual(["suspended"]);
    proxy.accept();
    await until(() => zk.state.kind === "connected");
    expect(states).toEqual(["suspended", "expired", "connecting", "connected"]);
    expect(sessionOf(zk)).not.toBe(before);
    expect(told.once).toEqual(["ended"]);
    await until(() => told.lasting.includes("resumed"));
    await observer.create("/after");
    await zk.sync();
    expect(told.lasting).toEqual(["resumed", "created"]);
  });

  it("by the client's own clock is over there before its nodes are gone", async () => {
    const { zk } = await open({ sessionTimeoutMs: 3000 });
    const stateAtDeletion: string[] = [];
    const look = () => stateAtDeletion.push(zk.state.kind);
    await observer.watch("/own-clock", ({ kind }) => {
      if (kind === "deleted") setTimeout(look); // a process that stood still hears of it before its own overdue timers fire
    });
    await zk.create("/own-clock", null, { mode: "ephemeral" });
    proxy.freeze();
    await until(() => stateAtDeletion.length > 0);
    expect(stateAtDeletion).toEqual(["connecting"]);
  });
});

describe("a server", () => {
  it("that comes back with all its data finds the session it left", async () => {
    const { zk, states } = await open({ expiresBy: "server" });
    const session = sessionOf(zk);
    await zk.create("/restart", null, { mode: "ephemeral" });
    const [member] = ensemble.members;
    await member?.kill();
    await until(() => states.includes("suspended"));
    member?.start();
    await until(() => zk.state.kind === "connected");
    expect(await zk.exists("/restart", { timeoutMs: 30_000 })).toMatchObject({ ephemeralOwner: session });
    expect(states).not.toContain("expired");
  }, 90_000);

  it.each(["own-clock", "server"] as const)(
    "that comes back with nothing ends the session: by %s",
    async (expiresBy) => {
      const { zk, states } = await open({ expiresBy, sessionTimeoutMs: 3000 });
      await zk.create("/wiped");
      const [member] = ensemble.members;
      await member?.kill();
      rmSync(join(dataDir, "version-2"), { recursive: true });
      member?.start();
      await until(() => states.includes("expired") && zk.state.kind === "connected");
      expect(await zk.exists("/wiped", { timeoutMs: 30_000 })).toBeUndefined();
    },
    90_000,
  );
});
