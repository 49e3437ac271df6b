import { type EtcdServers, startEtcd, startZooKeeper, type ZooKeeperEnsemble } from "@skylark/testkit";
import { EmbeddedProxy } from "./ledger/embedded-ledger.js";
import { EtcdProxy } from "./ledger/etcd-ledger.js";
import { Ledger } from "./ledger/ledger.js";
import { zooKeeperProxy } from "./ledger/zookeeper-ledger.js";
import type { Program } from "./program.js";
import { until } from "./until.js";
import { World } from "./world.js";

type Env = Readonly<Record<string, string>>;

/** A store that a test can take away, every process of it, and bring back; and the world that it serves. The test disposes it. */
export interface StoreUnderTest extends AsyncDisposable {
  /** How a report calls it. */
  readonly topology: string;
  readonly world: World;
  /** What its clients ask of it; noted on the way there. */
  readonly ledger: Ledger;
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
  const ledger = new Ledger();
  const host: Program = await world.participant("bystander");
  const proxy = await EmbeddedProxy.start(world.home, ledger);
  return {
    topology: "embedded, hosted by one process, frozen",
    world,
    ledger,
    away: async () => host.freeze(),
    back: async () => {
      host.thaw();
      return 0;
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
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
  return await ensembleStore(
    { scheme: "zookeeper", servers: ensemble, hosts: ensemble.connectString, proxyTo: zooKeeperProxy, serves },
    env,
  );
}

async function etcdStore(env: Env): Promise<StoreUnderTest> {
  const servers = await startEtcd({ members: 3, startTimeoutMs: 180_000 });
  return await ensembleStore(
    { scheme: "etcd", servers, hosts: servers.hosts, proxyTo: EtcdProxy.start, serves: () => servers.leader() },
    env,
  );
}

interface Ensemble {
  readonly scheme: "zookeeper" | "etcd";
  readonly servers: ZooKeeperEnsemble | EtcdServers;
  /** The members' addresses, with commas between them. */
  readonly hosts: string;
  readonly proxyTo: (target: string, ledger: Ledger) => Promise<AsyncDisposable & { readonly address: string }>;
  /** Resolves when it serves. */
  readonly serves: () => Promise<unknown>;
}

/** Away means dead: every member killed, and later started again on what it had stored. */
async function ensembleStore({ scheme, servers, hosts, proxyTo, serves }: Ensemble, env: Env): Promise<StoreUnderTest> {
  const ledger = new Ledger();
  const proxies = await Promise.all(hosts.split(",").map((host) => proxyTo(host, ledger)));
  const url = `${scheme}://${proxies.map(({ address }) => address).join(",")}`;
  const world = new World({ ...env, SKYLARK_COORDINATION: url });
  return {
    topology: `${scheme}, 3 members, all killed`,
    world,
    ledger,
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
      await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
      await servers[Symbol.asyncDispose]();
    },
  };
}
