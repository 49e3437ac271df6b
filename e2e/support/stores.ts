import { startEtcd, startZooKeeper } from "@skylark/testkit";

/** A store that processes of a test share, by its URL. The test disposes it. */
export interface RunningStore extends AsyncDisposable {
  /** What `SKYLARK_COORDINATION` is set to. */
  readonly url: string;
}

/** Every engine that the same programs run on, with the topology that the tests name. */
export const stores: Readonly<Record<string, () => Promise<RunningStore>>> = {
  embedded: async () => ({ url: "embedded", [Symbol.asyncDispose]: async () => {} }),
  "ZooKeeper x3": async () => {
    const ensemble = await startZooKeeper({ members: 3 });
    return { url: `zookeeper://${ensemble.connectString}`, [Symbol.asyncDispose]: () => ensemble.close() };
  },
  "etcd x3": async () => {
    const servers = await startEtcd({ members: 3 });
    return { url: `etcd://${servers.hosts}`, [Symbol.asyncDispose]: () => servers.close() };
  },
};
