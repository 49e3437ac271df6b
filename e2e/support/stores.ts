import { type EtcdMember, type MemberProcess, startEtcd, startZooKeeper, type ZooKeeperMember } from "@skylark/testkit";

/** A store that processes of a test share, by its URL. The test disposes it. */
export interface RunningStore extends AsyncDisposable {
  /** What `SKYLARK_COORDINATION` is set to. */
  readonly url: string;
}

/** A store of several members, each of which a test can kill, freeze and start again. */
export interface Ensemble extends RunningStore {
  readonly members: readonly MemberProcess[];
  /** The store as one member alone shows it. */
  readonly urlOf: (member: MemberProcess) => string;
  /** Another with nothing stored takes the place of one that is stopped for good. Waits until it takes part. */
  replace(member: MemberProcess): Promise<void>;
  /** Makes the engine forget how it came to hold what it holds; true when it has. Asked again and again, writes between. */
  condense(): Promise<boolean>;
  /** Waits for an election that is under way. */
  leader(): Promise<MemberProcess>;
  /** Waits until every member that runs takes part. */
  whole(): Promise<void>;
}

/** @param snapshotAfter of so many writes, where the engine takes snapshots by itself. Default: as the engine has it. */
export type StartEnsemble = (members: number, snapshotAfter?: number) => Promise<Ensemble>;

/** The engines that run as servers of their own. */
export const ensembleEngines: Readonly<Record<"ZooKeeper" | "etcd", StartEnsemble>> = {
  ZooKeeper: async (count, snapshotAfter) => {
    const properties = snapshotAfter === undefined ? {} : { snapCount: snapshotAfter };
    const ensemble = await startZooKeeper({ members: count, properties });
    const { members } = ensemble;
    const known = (member: MemberProcess) => members.find((each) => each === member) as ZooKeeperMember;
    let before: readonly number[] | undefined; // snapshots, when it was first asked
    return {
      url: `zookeeper://${ensemble.connectString}`,
      members,
      urlOf: (member) => `zookeeper://${known(member).address}`,
      replace: (member) => ensemble.replace(known(member)),
      condense: async () => {
        before ??= members.map(({ snapshots }) => snapshots);
        return members.every(({ snapshots }, index) => snapshots > (before?.[index] ?? 0) + 1);
      },
      leader: () => ensemble.leader(),
      whole: async () => {
        await Promise.all(members.filter(({ status }) => status === "running").map((member) => member.serving()));
      },
      [Symbol.asyncDispose]: () => ensemble.close(),
    };
  },
  etcd: async (count) => {
    const servers = await startEtcd({ members: count });
    const known = (member: MemberProcess) => servers.members.find((each) => each === member) as EtcdMember;
    return {
      url: `etcd://${servers.hosts}`,
      members: servers.members,
      urlOf: (member) => `etcd://${known(member).endpoint}`,
      replace: (member) => servers.replace(known(member)),
      condense: async () => (await servers.compact()) > 0,
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
