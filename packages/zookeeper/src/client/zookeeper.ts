import { SkylarkError } from "@skylark/core";
import { parseConnectString } from "../connect-string.js";
import type { Watch, WatchListener } from "../watches/watch-notice.js";
import type { WatchKind } from "../watches/watch-table.js";
import type { Acl } from "../wire/acl.js";
import { zooKeeperErrors } from "../wire/error-code.js";
import type { Identity } from "../wire/operations/access.js";
import { addWatchModes, watcherKinds } from "../wire/operations/watches.js";
import { operations } from "../wire/operations.js";
import type { Stat } from "../wire/stat.js";
import { zooKeeperCode } from "../zookeeper-error.js";
import type { ZooKeeperState } from "./client-state.js";
import {
  type MultiOperation,
  type MultiOutcome,
  type MultiReadOperation,
  type MultiReadOutcome,
  multiOutcomes,
  multiReadOutcome,
  multiStep,
} from "./multi.js";
import { bytesOf, type CreateOptions, type CreateStep, createStep, type NodeData } from "./node-creation.js";
import { type Auth, resolveOptions, type ZooKeeperOptions } from "./options.js";
import { type CallSubject, type RequestOptions, SessionClient } from "./session-client.js";

export interface ReadOptions extends RequestOptions {
  /** Hears of the next change, once. Set only where the read succeeds; by `exists` also where the node is not there. */
  readonly watch?: WatchListener | undefined;
}

export interface VersionOptions extends RequestOptions {
  /** Only if the node has this version; else `aborted`. Default: whatever it has. */
  readonly version?: number | undefined;
}

export interface WatchOptions extends RequestOptions {
  /** Also everything below the node; then `childrenChanged` is not told, since every child is. Default: false. */
  readonly recursive?: boolean | undefined;
}

export interface CreatedNode {
  /** With the digits that the server appended to a sequential one. */
  readonly path: string;
  readonly stat: Stat;
}

const anyVersion = -1;
const noBytes = Buffer.alloc(0);

/**
 * A client of a ZooKeeper ensemble: one session, over one connection at a time to one member after the other.
 *
 * Requests are sent once. One whose connection is lost before its answer fails `unavailable` with reason
 * `CONNECTION_LOST`: it may have happened. One that was not sent yet waits for the next connection until its deadline.
 * The server's refusals come under our codes; `zooKeeperCode(error)` tells its own name. Calls after `close` fail
 * `failed_precondition`, what was under way fails `cancelled`.
 */
export class ZooKeeper implements AsyncDisposable {
  readonly #client: SessionClient;

  /** @internal */
  constructor(client: SessionClient) {
    this.#client = client;
  }

  get state(): ZooKeeperState {
    return this.#client.state;
  }

  /** Calls `listener` at each change of `state`, in order. Returns what ends it. */
  onState(listener: (state: ZooKeeperState) => void): () => void {
    return this.#client.onState(listener);
  }

  /** Fails `already_exists`, `not_found` without a parent, `failed_precondition` below an ephemeral node. */
  async create(
    path: string,
    data: NodeData = null,
    options: CreateOptions & RequestOptions = {},
  ): Promise<CreatedNode> {
    const { path: created, stat } = await this.#create(
      createStep(this.#client.chroot, path, data, options),
      path,
      options,
    );
    return { path: this.#client.chroot.toUser(created), stat };
  }

  /** Fails `not_found`; `failed_precondition` for a node with children. */
  async delete(path: string, options: VersionOptions = {}): Promise<void> {
    const { version = anyVersion } = options;
    await this.#client.call(operations.delete, { path: this.#server(path), version }, { path }, options);
  }

  /** Undefined where there is no such node. */
  async exists(path: string, options: ReadOptions = {}): Promise<Stat | undefined> {
    const request = { path: this.#server(path), watch: options.watch !== undefined };
    const kind = (error: number): WatchKind | undefined =>
      error === 0 ? "data" : error === zooKeeperErrors.no_node ? "exist" : undefined;
    try {
      return await this.#client.call(operations.exists, request, this.#watching(path, options.watch, kind), options);
    } catch (error) {
      if (zooKeeperCode(error) === "no_node") return undefined;
      throw error;
    }
  }

  /** No bytes where the node was created without data. */
  async getData(path: string, options: ReadOptions = {}): Promise<{ data: Buffer; stat: Stat }> {
    const request = { path: this.#server(path), watch: options.watch !== undefined };
    const subject = this.#watching(path, options.watch, (error) => (error === 0 ? "data" : undefined));
    const { data, stat } = await this.#client.call(operations.getData, request, subject, options);
    return { data: data ?? noBytes, stat };
  }

  async setData(path: string, data: NodeData, options: VersionOptions = {}): Promise<Stat> {
    const { version = anyVersion } = options;
    const request = { path: this.#server(path), data: bytesOf(data), version };
    return this.#client.call(operations.setData, request, { path }, options);
  }

  /** Names, not paths, in no order. */
  async getChildren(path: string, options: ReadOptions = {}): Promise<{ children: readonly string[]; stat: Stat }> {
    const request = { path: this.#server(path), watch: options.watch !== undefined };
    const subject = this.#watching(path, options.watch, (error) => (error === 0 ? "children" : undefined));
    return this.#client.call(operations.getChildren2, request, subject, options);
  }

  /** How many nodes there are below the path, at all depths. Since 3.6. */
  async countDescendants(path: string, options: RequestOptions = {}): Promise<number> {
    return this.#client.call(operations.getAllChildrenNumber, { path: this.#server(path) }, { path }, options);
  }

  async getAcl(path: string, options: RequestOptions = {}): Promise<{ acl: readonly Acl[]; stat: Stat }> {
    return this.#client.call(operations.getAcl, { path: this.#server(path) }, { path }, options);
  }

  /** `version` is that of the access list (`Stat.aversion`). */
  async setAcl(path: string, acl: readonly Acl[], options: VersionOptions = {}): Promise<Stat> {
    const { version = anyVersion } = options;
    return this.#client.call(operations.setAcl, { path: this.#server(path), acl, version }, { path }, options);
  }

  /** What is read after it sees every write that had ended before it was called. */
  async sync(path = "/", options: RequestOptions = {}): Promise<void> {
    await this.#client.call(operations.sync, { path: this.#server(path) }, { path }, options);
  }

  /** All steps, or none. Fails with the code of the step that did not fit; `details` name it. */
  async multi(steps: readonly MultiOperation[], options: RequestOptions = {}): Promise<MultiOutcome[]> {
    const { chroot } = this.#client;
    const request = steps.map((step) => multiStep(chroot, step));
    return multiOutcomes(chroot, steps, await this.#client.call(operations.multi, request, {}, options));
  }

  /** Several reads of one instant. Since 3.6. */
  async multiRead(reads: readonly MultiReadOperation[], options: RequestOptions = {}): Promise<MultiReadOutcome[]> {
    const request = reads.map(({ kind, path }) => ({ kind, path: this.#server(path) }));
    const results = await this.#client.call(operations.multiRead, request, {}, options);
    return results.map((result, index) => multiReadOutcome(reads[index], result));
  }

  /**
   * Hears of every change of a node, and with `recursive` of all below it, over connections and sessions; after a gap
   * `resumed`. Resolves when it is set: what is read then misses nothing. Since 3.6.
   */
  async watch(path: string, listener: WatchListener, options: WatchOptions = {}): Promise<Watch> {
    const { watches } = this.#client;
    const server = this.#server(path);
    const kind = options.recursive === true ? "recursive" : "persistent";
    const own: WatchListener = (notice) => listener(notice);
    const mode = options.recursive === true ? addWatchModes.persistentRecursive : addWatchModes.persistent;
    const subject = this.#watching(path, own, (error) => (error === 0 ? kind : undefined));
    await this.#client.call(operations.addWatch, { path: server, mode }, subject, options);
    return {
      close: async () => {
        watches.remove(kind, server, own);
        await this.#unwatch(path);
      },
    };
  }

  /** Takes away every watch of this client at exactly this path, and tells them nothing. `not_found` where there is none. */
  async removeWatches(path: string, options: RequestOptions = {}): Promise<void> {
    const server = this.#server(path);
    const answered = (error: number): void => {
      if (error === 0) this.#client.watches.removePath(server);
    };
    const request = { path: server, kind: watcherKinds.any };
    await this.#client.call(operations.removeWatches, request, { path, answered }, options);
  }

  /** Says who the client is, now and on every later connection. A refusal closes the client: `unauthenticated`. */
  async addAuth(auth: Auth): Promise<void> {
    await this.#client.addAuth(auth);
  }

  /** Whom the server takes the client for. Since 3.7. */
  async whoAmI(options: RequestOptions = {}): Promise<readonly Identity[]> {
    return this.#client.call(operations.whoAmI, undefined, {}, options);
  }

  /** The ephemeral nodes of this session at and below `path`. Since 3.6. */
  async getEphemerals(path = "/", options: RequestOptions = {}): Promise<string[]> {
    const { chroot } = this.#client;
    const request = { path: this.#server(path) };
    const found = await this.#client.call(operations.getEphemerals, request, { path }, options);
    return found.map((each) => chroot.toUser(each));
  }

  /** Ends the session, and with it its ephemeral nodes: at once where it is connected, else by its time-out. */
  close(): Promise<void> {
    return this.#client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #create(step: CreateStep, path: string, options: RequestOptions): Promise<CreatedNode> {
    switch (step.kind) {
      case "create2":
        return this.#client.call(operations.create2, step, { path }, options);
      case "createContainer":
        return this.#client.call(operations.createContainer, step, { path }, options);
      case "createTtl":
        return this.#client.call(operations.createTtl, step, { path }, options);
    }
  }

  /** Takes a path's watches from the server, unless somebody else of this client wants one there. */
  async #unwatch(path: string): Promise<void> {
    const { watches, state } = this.#client;
    const server = this.#server(path);
    if (watches.isWanted(server) || state.kind !== "connected") return;
    try {
      await this.#client.call(operations.removeWatches, { path: server, kind: watcherKinds.any }, { path }, {});
    } catch (error) {
      if (!SkylarkError.is(error) || !isHarmless(error)) throw error;
    }
  }

  /** Sets a one-shot or lasting watch in the very moment of the answer: what fires afterwards finds it. */
  #watching(
    path: string,
    listener: WatchListener | undefined,
    kindAfter: (error: number) => WatchKind | undefined,
  ): CallSubject {
    if (listener === undefined) return { path };
    const { watches } = this.#client;
    const server = this.#server(path);
    return {
      path,
      arms: server,
      answered: (error) => {
        const kind = kindAfter(error);
        if (kind !== undefined) watches.add(kind, server, listener);
      },
    };
  }

  #server(path: string): string {
    return this.#client.chroot.toServer(path);
  }
}

/** Of taking away a watch: it is gone anyhow, with its connection, its session, or its node. */
function isHarmless({ code }: SkylarkError): boolean {
  return code === "not_found" || code === "unavailable" || code === "cancelled" || code === "failed_precondition";
}

/**
 * Connects, and resolves with a client that has a session. Fails `invalid_argument` for a bad connect string or option,
 * `unauthenticated` where credentials are refused, `unavailable` where there is no session within `openTimeoutMs`,
 * naming what each server said.
 *
 * @param connectString `host1:2181,host2:2181,[::1]:2181/chroot`: the members in any order, and the node that is to be
 * this client's root, which must exist
 */
export async function openZooKeeper(connectString: string, options: ZooKeeperOptions = {}): Promise<ZooKeeper> {
  const client = new SessionClient(parseConnectString(connectString), resolveOptions(options));
  await client.opened();
  return new ZooKeeper(client);
}
