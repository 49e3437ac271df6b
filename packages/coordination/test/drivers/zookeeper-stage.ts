import { deferred } from "@skylark/core/internal";
import {
  type CoordinationFixture,
  type FaultProxy,
  startFaultProxy,
  startZooKeeper,
  type ZooKeeperEnsemble,
} from "@skylark/testkit";
import { type Coordination, openCoordination } from "../../src/index.js";

/** A real ensemble, and clients that each reach it through proxies of their own. */
class ZooKeeperStage {
  readonly ensemble: ZooKeeperEnsemble;
  readonly #proxies = new Map<Coordination, readonly FaultProxy[]>();

  constructor(ensemble: ZooKeeperEnsemble) {
    this.ensemble = ensemble;
  }

  /** A short tick, so that sessions of a second are granted; members that wait long for each other on a busy machine. */
  static async open(members: number): Promise<ZooKeeperStage> {
    const properties = { syncLimit: 40, initLimit: 120 };
    return new ZooKeeperStage(await startZooKeeper({ members, tickMs: 250, properties }));
  }

  url(proxies: readonly FaultProxy[]): string {
    return `zookeeper://${proxies.map(({ address }) => address).join(",")}/skylark`;
  }

  async client(ttlMs: number): Promise<Coordination> {
    const targets = this.ensemble.members.map(({ address }) => address);
    const proxies = await Promise.all(targets.map((target) => startFaultProxy({ target })));
    try {
      const client = await openCoordination({ url: this.url(proxies), ttlMs, openTimeoutMs: 20_000 });
      this.#proxies.set(client, proxies);
      return client;
    } catch (error) {
      await Promise.all(proxies.map((proxy) => proxy.close()));
      throw error;
    }
  }

  proxiesOf(client: Coordination): readonly FaultProxy[] {
    return this.#proxies.get(client) ?? [];
  }

  async close(): Promise<void> {
    await Promise.all([...this.#proxies.values()].flat().map((proxy) => proxy.close()));
    await this.ensemble.close();
  }
}

const ttlMs = 1000;

/** What the contract suite needs of ZooKeeper. It keeps no history that it could forget. */
export async function zooKeeperFixture(members: number): Promise<CoordinationFixture> {
  const stage = await ZooKeeperStage.open(members);
  const witness = await stage.client(10_000);
  let marks = 0;
  const each = (client: Coordination, fault: (proxy: FaultProxy) => void) => stage.proxiesOf(client).forEach(fault);
  const stall = (client: Coordination) => {
    each(client, (proxy) => proxy.freeze());
    return () => each(client, (proxy) => proxy.thaw());
  };
  return {
    ttlMs,
    client: async (options) => await stage.client(options?.ttlMs ?? ttlMs),
    async expireSession(client) {
      const mark = `/fixture/${++marks}`;
      await client.create(mark, null, { ephemeral: true });
      const gone = deferred();
      const watch = witness.watch(mark, (event) => {
        if (event.kind === "changes" && event.changes[0]?.kind === "deleted") gone.resolve();
      });
      const resume = stall(client);
      await gone.promise;
      watch.close();
      resume();
    },
    async cutConnection(client) {
      each(client, (proxy) => proxy.cut());
    },
    stall,
    delayReplies(client) {
      each(client, (proxy) => proxy.delay(100, ["to-client"]));
      return () => each(client, (proxy) => proxy.delay(0));
    },
    async dispose() {
      await witness.close();
      await stage.close();
    },
  };
}
