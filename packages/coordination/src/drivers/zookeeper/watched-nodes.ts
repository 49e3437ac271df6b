import type { MultiReadOutcome, ZooKeeper } from "@skylark/zookeeper";
import type { Entry } from "../../port.js";
import { keyBelow, parentOf } from "../../state/key.js";
import type { BatchedReads } from "./batched-reads.js";
import type { NodeSpace } from "./node-space.js";
import { entryOf } from "./stored-node.js";
import { zooKeeperCodeOf } from "./zookeeper-errors.js";

/** A node as a watch read it last. */
export interface WatchedNode {
  /** Undefined for one that only leads to others. */
  readonly entry: Entry | undefined;
  /** Of its value. */
  readonly bytes: number;
  readonly hasChildren: boolean;
}

type NodeAnswer = Extract<MultiReadOutcome, { kind: "data" }>;

/** How the watches of one client read: whole subtrees in a few requests, and a change that several watch in one. */
export class WatchedNodes {
  readonly #space: NodeSpace;
  readonly #batched: BatchedReads;

  constructor(space: NodeSpace, batched: BatchedReads) {
    this.#space = space;
    this.#batched = batched;
  }

  /** Undefined where there is no node. */
  async nodes(client: ZooKeeper, keys: readonly string[]): Promise<(WatchedNode | undefined)[]> {
    const [key, ...others] = keys;
    if (key !== undefined && others.length === 0) return [await this.#node(client, key, undefined)];
    return await Promise.all(keys.map((each) => this.#node(client, each, undefined)));
  }

  /**
   * The nodes at and below a key, each with its key, each as of an instant of its own. All that is known is asked for at
   * once, and at the same time whether there is more than that.
   */
  async subtree(
    client: ZooKeeper,
    key: string,
    known: ReadonlyMap<string, WatchedNode>,
  ): Promise<Map<string, WatchedNode>> {
    const found = new Map<string, WatchedNode>();
    const leading = new Set([key, ...[...known.keys()].filter((each) => each !== key).map(parentOf)]);
    const visit = async (at: string): Promise<void> => {
      const asked = leading.has(at) ? this.#keysBelow(client, at) : undefined;
      const [node, early] = await Promise.all([this.#node(client, at, known.get(at)), asked]);
      if (!node) return;
      found.set(at, node);
      const below = early ?? (node.hasChildren ? await this.#keysBelow(client, at) : []);
      await Promise.all(below.filter((each) => !known.has(each)).map(visit));
    };
    await Promise.all([...new Set([key, ...known.keys()])].map(visit));
    return found;
  }

  async #node(client: ZooKeeper, key: string, known: WatchedNode | undefined): Promise<WatchedNode | undefined> {
    const outcome = await this.#batched.read(client, { kind: "getData", path: this.#space.pathOf(key) }, known?.bytes);
    if (outcome.kind === "data") return watchedNode(key, outcome);
    if (outcome.kind === "failed" && zooKeeperCodeOf(outcome.error) !== "no_node") throw outcome.error;
    return undefined;
  }

  async #keysBelow(client: ZooKeeper, parent: string): Promise<string[]> {
    const outcome = await this.#batched.read(client, { kind: "getChildren", path: this.#space.pathOf(parent) });
    if (outcome.kind === "children") {
      const keys = outcome.children.map((name) => keyBelow(parent, name));
      return keys.filter((key) => this.#space.keyOf(this.#space.pathOf(key)) !== undefined);
    }
    if (outcome.kind === "failed" && zooKeeperCodeOf(outcome.error) !== "no_node") throw outcome.error;
    return [];
  }
}

function watchedNode(key: string, { data, stat }: NodeAnswer): WatchedNode {
  const entry = data.length === 0 ? undefined : entryOf(key, data.toString(), stat);
  return { entry, bytes: data.length, hasChildren: stat.numChildren > 0 };
}
