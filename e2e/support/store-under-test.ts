import { type EtcdServers, startEtcd, startZooKeeper, type ZooKeeperEnsemble } from "@skylark/testkit";
import type { Program } from "./program.js";
import { until } from "./until.js";
import { World } from "./world.js";

type Env = Readonly<Record<string, string>>;

/** A store that a test can take away, every process of it, and bring back; and the world that it serves. The test disposes it. */
export interface StoreUnderTest extends AsyncDisposable {
  /** How a report calls it. */
  readonly topology: string;
  readonly world: World;
  away(): Promise<void>;
  /** Resolves when it serves again, with how long its processes took for that. */
  back(): Promise<number>;
}

/** Every engine, each with an environment of its own beside what is given. */
export const storesUnderTest: Readonly<Record<string, (env: Env) => Promise<StoreUnderTest>>> = {
  embedded: embeddedStore,
  "ZooKeeper x3": zooKeeperStore,
  "etcd x3": etcdStore,
};

/**
 * The embedded store, hosted by a process that does nothing else. Away means frozen: were it dead, another of this machine
 * would host, and nothing would be away.
 */
async function embeddedStore(env: Env): Promise<StoreUnderTest> {
  const world = new World(env);
  const host: Program = await world.participant("bystander");
  return {
    topology: "embedded, hosted by one process, frozen",
    world,
    away: async () => host.freeze(),
    back: async () => {
      host.thaw();
      return 0;
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

async function zooKeeperStore(env: Env): Promise<StoreUnderTest> {
  const ensemble = await startZooKeeper({ members: 3 });
  const { members } = ensemble;
  const serves = async () => {
    await until("a member leads", 60_000, async () => {
      const modes = await Promise.all(members.map((member) => member.mode().catch(() => undefined)));
      return modes.includes("leader") || modes.join();
    });
  };
  return ensembleStore(`zookeeper://${ensemble.connectString}`, "ZooKeeper", ensemble, serves, env);
}

async function etcdStore(env: Env): Promise<StoreUnderTest> {
  const servers = await startEtcd({ members: 3, startTimeoutMs: 180_000 });
  return ensembleStore(`etcd://${servers.hosts}`, "etcd", servers, () => servers.leader(), env);
}

/** Away means dead: every member killed, and later started again on what it had stored. */
function ensembleStore(
  url: string,
  engine: string,
  servers: ZooKeeperEnsemble | EtcdServers,
  serves: () => Promise<unknown>,
  env: Env,
): StoreUnderTest {
  const world = new World({ ...env, SKYLARK_COORDINATION: url });
  return {
    topology: `${engine}, 3 members, all killed`,
    world,
    away: async () => {
      await Promise.all(servers.members.map((member) => member.kill()));
    },
    back: async () => {
      const startedAt = performance.now();
      for (const member of servers.members) member.start();
      await serves();
      return Math.round(performance.now() - startedAt);
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await servers[Symbol.asyncDispose]();
    },
  };
}
