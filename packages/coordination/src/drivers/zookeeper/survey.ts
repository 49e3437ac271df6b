import type { RequestOptions, Stat, ZooKeeper } from "@skylark/zookeeper";
import type { StoredOperation } from "../../state/operation.js";
import type { NodeSpace } from "./node-space.js";
import type { Reads } from "./reads.js";
import { isEntry } from "./stored-node.js";

/** What a plan stands on: nodes by path as they were read, and the versions of guards, read before any of those. */
export interface Survey {
  /** Undefined: there is no such node. Holds every path that the operations name, and those above what may be created. */
  readonly nodes: ReadonlyMap<string, Stat | undefined>;
  readonly guards: ReadonlyMap<string, number>;
  /** For each ephemeral create where a way stands: what is below, by key. */
  readonly below: ReadonlyMap<string, ReadonlyMap<string, Stat>>;
}

interface SurveyGround {
  readonly space: NodeSpace;
  readonly reads: Reads;
  readonly request: RequestOptions;
}

/** Reads what a plan for these operations needs. Undefined where the guards are not there. */
export async function survey(
  client: ZooKeeper,
  operations: readonly StoredOperation[],
  ground: SurveyGround,
): Promise<Survey | undefined> {
  const { space } = ground;
  const paths = new Set<string>();
  for (const { kind, key } of operations) {
    paths.add(space.pathOf(key));
    if (kind === "create" || kind === "put") for (const above of space.pathsAbove(key)) paths.add(above);
  }
  const guards = new Set([...paths].map((path) => space.guardOf(path)));
  const seen = await look(client, paths, guards, ground);
  const inTheWay = (operation: StoredOperation): boolean => {
    const stat = seen?.nodes.get(space.pathOf(operation.key));
    const isWay = stat !== undefined && stat.numChildren > 0 && !isEntry(stat);
    return operation.kind === "create" && operation.ephemeral && isWay;
  };
  const keys = operations.filter(inTheWay).map(({ key }) => key);
  return keys.length === 0 ? seen : await lookBelow(client, paths, keys, ground);
}

/** A guard must never be newer than a node: both are asked for in this order over one connection, and so answered. */
async function look(
  client: ZooKeeper,
  paths: Iterable<string>,
  guards: Iterable<string>,
  { request }: SurveyGround,
): Promise<Survey | undefined> {
  const read = (from: Iterable<string>) =>
    Promise.all([...from].map(async (path) => [path, await client.exists(path, request)] as const));
  const [guardStats, nodeStats] = await Promise.all([read(guards), read(paths)]);
  const versions = guardStats.flatMap(([path, stat]) => (stat ? [[path, stat.version] as const] : []));
  if (versions.length < guardStats.length) return undefined;
  return { nodes: new Map(nodeStats), guards: new Map(versions), below: new Map() };
}

/** What lies below is known only when it is read, so all guards come first. */
async function lookBelow(
  client: ZooKeeper,
  paths: Iterable<string>,
  keys: readonly string[],
  ground: SurveyGround,
): Promise<Survey | undefined> {
  const seen = await look(client, paths, ground.space.guards, ground);
  if (!seen) return undefined;
  const below = new Map<string, ReadonlyMap<string, Stat>>();
  for (const key of keys) {
    const found = await ground.reads.subtree(client, key, ground.request);
    found.delete(key);
    below.set(key, new Map([...found].map(([each, { stat }]) => [each, stat])));
  }
  return { ...seen, below };
}
