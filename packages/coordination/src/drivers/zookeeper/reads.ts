import type { Clock } from "@skylark/core/internal";
import type { RequestOptions, Stat, ZooKeeper } from "@skylark/zookeeper";
import type { Entry, ReadOptions } from "../../port.js";
import { keyBelow } from "../../state/key.js";
import { Deadline } from "../deadline.js";
import type { Attempts } from "./attempts.js";
import type { NodeSpace } from "./node-space.js";
import { entryOf } from "./stored-node.js";
import { Turns } from "./turns.js";
import { isPassing, zooKeeperCodeOf } from "./zookeeper-errors.js";

/** Reads under way at a time. */
const readsAtOnce = 512;

/** A node as it was read; `entry` is undefined for one that only leads to others. */
export interface ReadNode {
  readonly entry: Entry | undefined;
  readonly stat: Stat;
}

/** Reads nodes as entries, and trees of them. */
export class Reads {
  readonly #attempts: Attempts;
  readonly #space: NodeSpace;
  readonly #clock: Clock;
  readonly #turns = new Turns(readsAtOnce);

  constructor(attempts: Attempts, space: NodeSpace, clock: Clock) {
    this.#attempts = attempts;
    this.#space = space;
    this.#clock = clock;
  }

  async get(key: string, options: ReadOptions): Promise<Entry | undefined> {
    return await this.#read(options, async (client, request) => (await this.node(client, key, request))?.entry);
  }

  async list(parent: string, options: ReadOptions): Promise<Entry[]> {
    return await this.#read(options, async (client, request) => {
      const keys = (await this.#names(client, parent, request)).map((name) => keyBelow(parent, name));
      const nodes = await Promise.all(keys.map((key) => this.node(client, key, request)));
      return nodes.flatMap((node) => node?.entry ?? []);
    });
  }

  async children(parent: string, options: ReadOptions): Promise<string[]> {
    return await this.#read(options, async (client, request) => {
      const names = await this.#names(client, parent, request);
      const leads = await Promise.all(names.map((name) => this.#leads(client, keyBelow(parent, name), request)));
      return names.filter((_, index) => leads[index]);
    });
  }

  /** Undefined where there is no node. */
  async node(client: ZooKeeper, key: string, request: RequestOptions): Promise<ReadNode | undefined> {
    const read = () => client.getData(this.#space.pathOf(key), request);
    const node = await this.#turns.run(() => unlessAbsent(read));
    if (!node) return undefined;
    const { data, stat } = node;
    return { entry: data.length === 0 ? undefined : entryOf(key, data.toString(), stat), stat };
  }

  /** The nodes at and below a key, each with its key; read one by one, so each as of another instant. */
  async subtree(client: ZooKeeper, key: string, request: RequestOptions): Promise<Map<string, ReadNode>> {
    const found = new Map<string, ReadNode>();
    const visit = async (at: string): Promise<void> => {
      const node = await this.node(client, at, request);
      if (!node) return;
      found.set(at, node);
      if (node.stat.numChildren === 0) return;
      const names = await this.#names(client, at, request);
      await Promise.all(names.map((name) => visit(keyBelow(at, name))));
    };
    await visit(key);
    return found;
  }

  /** The names below a key that can be those of keys, sorted. */
  async #names(client: ZooKeeper, parent: string, request: RequestOptions): Promise<string[]> {
    const path = this.#space.pathOf(parent);
    const found = await this.#turns.run(() => unlessAbsent(() => client.getChildren(path, request)));
    const names = found?.children ?? [];
    return names.filter((name) => this.#space.keyOf(keyBelow(path, name)) !== undefined).toSorted();
  }

  async #leads(client: ZooKeeper, key: string, request: RequestOptions): Promise<boolean> {
    const node = await this.node(client, key, request);
    if (!node || node.entry) return node !== undefined;
    if (node.stat.numChildren === 0) return false;
    const names = await this.#names(client, key, request);
    const leads = await Promise.all(names.map((name) => this.#leads(client, keyBelow(key, name), request)));
    return leads.includes(true);
  }

  /** A read whose connection is lost is made again. A fresh one lets the member catch up first: one connection keeps order. */
  async #read<T>(options: ReadOptions, read: (client: ZooKeeper, request: RequestOptions) => Promise<T>): Promise<T> {
    const deadline = new Deadline(this.#clock, options);
    return await this.#attempts.make(deadline, isPassing, async (client) => {
      const request = deadline.request();
      if (!options.fresh) return await read(client, request);
      const [, result] = await Promise.all([client.sync(this.#space.pathOf("/"), request), read(client, request)]);
      return result;
    });
  }
}

async function unlessAbsent<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (zooKeeperCodeOf(error) === "no_node") return undefined;
    throw error;
  }
}
