import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { clientTls, startZooKeeper, type ZooKeeperEnsemble, type ZooKeeperMember } from "../../src/index.js";

describe("an ensemble of three", () => {
  let ensemble: ZooKeeperEnsemble;
  beforeAll(async () => {
    // members that stand still for a moment do not give each other up
    ensemble = await startZooKeeper({ members: 3, properties: { syncLimit: 40 } });
  });
  afterAll(async () => {
    await ensemble.close();
  });

  it("serves at every address of its connect string, one member leading", async () => {
    expect(ensemble.connectString.split(",")).toEqual(ensemble.members.map(({ address }) => address));
    // a busy member may take longer for its answer than is waited for
    const allServe = async () => {
      const modes = await Promise.all(ensemble.members.map((member) => member.mode()));
      expect(modes.map(String).toSorted((a, b) => a.localeCompare(b))).toEqual(["follower", "follower", "leader"]);
      expect(await (await ensemble.leader()).ask("ruok")).toBe("imok");
    };
    await vi.waitFor(allServe, { timeout: 60_000 });
  });

  it("freezes and thaws a member", async () => {
    const [member] = ensemble.members;
    member?.freeze();
    try {
      // the kernel stops a process soon, not at once
      const frozen = () => expect(member?.ask("ruok")).rejects.toThrow("no answer to ruok");
      await vi.waitFor(frozen, { timeout: 30_000 });
    } finally {
      member?.thaw();
    }
    expect(await member?.serving()).toBeDefined();
  });

  it("has another leader when the leader is killed, which comes back as a follower", async () => {
    const old = await ensemble.leader();
    await old.kill();
    expect(old.pid).toBeUndefined();
    expect(await ensemble.leader()).not.toBe(old);
    old.start();
    expect(await old.serving()).toBe("follower");
  });

  it("replaces a member by one that has nothing", async () => {
    const [member] = ensemble.members as [ZooKeeperMember];
    await ensemble.replace(member);
    expect(member.snapshots).toBeGreaterThan(0);
    expect(await member.ask("ruok")).toBe("imok");
  });
});

it("serves by TLS, to whom its authority has signed", async () => {
  await using ensemble = await startZooKeeper({ tls: true });
  const [member] = ensemble.members;
  const files = ensemble.certificates ?? expect.fail("no certificates");
  const socket = connect({ port: member?.port ?? 0, host: "127.0.0.1", ...clientTls(files) });
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
  });
  expect(socket.authorized).toBe(true);
  socket.destroy();
});

it("leaves neither processes nor files behind", async () => {
  const ensemble = await startZooKeeper();
  const pid = ensemble.members[0]?.pid ?? 0;
  expect(process.kill(pid, 0)).toBe(true);
  await ensemble.close();
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});
