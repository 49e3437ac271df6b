import { startZooKeeper, type ZooKeeperEnsemble } from "@skylark/testkit";
import { openZooKeeper, type ZooKeeper } from "@skylark/zookeeper";
import { describe, expect, it } from "vitest";
import { report, trials, until } from "./support/until.js";

/** The bar's own time to live where the bar is asked for; on a machine busy with everything else, more of it. */
const ttlMs = trials(4000, 15_000);
const noticedMsMax = trials((ttlMs * 2) / 3, Number.POSITIVE_INFINITY);

describe("a ZooKeeper client", () => {
  it("notices within two thirds of its time that its server is frozen, and keeps session and nodes elsewhere", async () => {
    const freezes = trials(20, 2);
    await using ensemble = await startZooKeeper({ members: 3 });
    await using zk = await openZooKeeper(ensemble.connectString, { sessionTimeoutMs: ttlMs, expiresBy: "server" });
    const { sessionId } = connected(zk);
    const { stat } = await zk.create("/kept", null, { mode: "ephemeral" });
    const noticedAfterMs: number[] = [];
    const backAfterMs: number[] = [];
    const frozen: Record<string, number> = {};
    for (let freeze = 0; freeze < freezes; freeze += 1) {
      const { member, mode } = await serverOf(ensemble, zk);
      frozen[mode] = (frozen[mode] ?? 0) + 1;
      const suspended = nextState(zk, "suspended");
      const back = nextState(zk, "connected");
      const frozenAt = performance.now();
      member.freeze();
      noticedAfterMs.push(Math.round((await suspended) - frozenAt));
      backAfterMs.push(Math.round((await back) - frozenAt));
      expect(connected(zk)).toMatchObject({ sessionId, timeoutMs: ttlMs });
      expect(connected(zk).host).not.toBe(member.address);
      expect(await zk.exists("/kept", { timeoutMs: 30_000 })).toMatchObject({
        czxid: stat.czxid,
        ephemeralOwner: sessionId,
      });
      member.thaw();
      await until("the ensemble is whole", 60_000, () => isWhole(ensemble));
    }
    const slowestNoticedMs = Math.max(...noticedAfterMs);
    report("zookeeper: frozen server", {
      ttlMs,
      topology: "3 members, 1 client",
      freezes,
      frozen,
      slowestNoticedMs,
      slowestBackMs: Math.max(...backAfterMs),
    });
    expect(slowestNoticedMs).toBeLessThanOrEqual(noticedMsMax);
  }, 600_000);
});

function connected({ state }: ZooKeeper): ZooKeeper["state"] & { kind: "connected" } {
  if (state.kind !== "connected") throw new Error(`the client is ${state.kind}`);
  return state;
}

/** When the client next comes to a state. */
function nextState(zk: ZooKeeper, kind: ZooKeeper["state"]["kind"]): Promise<number> {
  return new Promise((resolve) => {
    const end = zk.onState((state) => {
      if (state.kind !== kind) return;
      end();
      resolve(performance.now());
    });
  });
}

async function serverOf(ensemble: ZooKeeperEnsemble, zk: ZooKeeper) {
  const { host } = connected(zk);
  const member = ensemble.members.find(({ address }) => address === host);
  if (!member) throw new Error(`${host} is no member`);
  return { member, mode: await member.serving() };
}

async function isWhole(ensemble: ZooKeeperEnsemble): Promise<true | string> {
  const modes = await Promise.all(ensemble.members.map((member) => member.mode().catch(() => undefined)));
  return modes.every((mode) => mode !== undefined) || modes.join(", ");
}
