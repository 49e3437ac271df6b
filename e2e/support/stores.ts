import { type MemberProcess, startEtcd, startZooKeeper } from "@skylark/testkit";

/** A store that processes of a test share, by its URL. The test disposes it. */
export interface RunningStore extends AsyncDisposable {
  /** What `SKYLARK_COORDINATION` is set to. */
  readonly url: string;
}

/** A store of several members, each of which a test can kill, freeze and start again. */
export interface Ensemble extends RunningStore {
  readonly members: readonly MemberProcess[];
  /** Waits for an election that is under way. */
  leader(): Promise<MemberProcess>;
  /** Waits until every member that runs takes part. */
  whole(): Promise<void>;
}

/** The engines that run as servers of their own. */
export const ensembleEngines: Readonly<Record<string, (members: number) => Promise<Ensemble>>> = {
  ZooKeeper: async (count) => {
    const ensemble = await startZooKeeper({ members: count });
    const { members } = ensemble;
    return {
      url: `zookeeper://${ensemble.connectString}`,
      members,
      leader: () => ensemble.leader(),
      whole: async () => {
        await Promise.all(members.filter(({ status }) => status === "running").map((member) => member.serving()));
      },
      [Symbol.asyncDispose]: () => ensemble.close(),
    };
  },
  etcd: async (count) => {
    const servers = await startEtcd({ members: count });
    return {
      url: `etcd://${servers.hosts}`,
      members: servers.members,
      leader: () => servers.leader(),
      whole: () => servers.healthy(),
      [Symbol.asyncDispose]: () => servers.close(),
    };
  },
};

/** Every engine that the same programs run on, with the topology that the tests name. */
export const stores: Readonly<Record<string, () => Promise<RunningStore>>> = {
  embedded: async () => ({ url: "embedded", [Symbol.asyncDispose]: async () => {} }),
  ...Object.fromEntries(Object.entries(ensembleEngines).map(([engine, start]) => [`${engine} x3`, () => start(3)])),
};
