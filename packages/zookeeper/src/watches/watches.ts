import type { SkylarkError } from "@skylark/core";
import type { Connection } from "../connection/connection.js";
import type { Exchange } from "../connection/exchange.js";
import { specialXids } from "../wire/headers.js";
import { JuteWriter } from "../wire/jute-writer.js";
import { writePacket } from "../wire/operation.js";
import type { SetWatches2Request } from "../wire/operations/watches.js";
import { operations } from "../wire/operations.js";
import type { WatchEvent } from "../wire/watch-event.js";
import { refusedByServer } from "../zookeeper-error.js";
import { isPlain, rearmingRequests } from "./rearming.js";
import type { WatchListener, WatchNotice } from "./watch-notice.js";
import { lastingKinds, oneShotKinds, type WatchKind, WatchTable } from "./watch-table.js";

/** The watches of one client, over all its connections and sessions. Paths are the server's. */
export class Watches {
  readonly #table = new WatchTable<WatchListener>();
  /** Requests under way that may set a watch at a path. */
  readonly #arming = new Map<string, number>();
  readonly #toUser: (path: string) => string;

  /** @param toUser what the user calls a path of the server */
  constructor(toUser: (path: string) => string) {
    this.#toUser = toUser;
  }

  /** A request goes out that may set a watch at `path`. Returns what says that it has ended. */
  arming(path: string): () => void {
    this.#arming.set(path, (this.#arming.get(path) ?? 0) + 1);
    return () => {
      const left = (this.#arming.get(path) ?? 0) - 1;
      if (left > 0) this.#arming.set(path, left);
      else this.#arming.delete(path);
    };
  }

  add(kind: WatchKind, path: string, listener: WatchListener): void {
    this.#table.add(kind, path, listener);
  }

  remove(kind: WatchKind, path: string, listener: WatchListener): void {
    this.#table.remove(kind, path, listener);
  }

  removePath(path: string): void {
    this.#table.removePath(path);
  }

  /** Whether the server may hold a watch at `path` that somebody wants. */
  isWanted(path: string): boolean {
    return this.#table.has(path) || this.#arming.has(path);
  }

  fired(event: WatchEvent): void {
    if (
      event.type === "created" ||
      event.type === "deleted" ||
      event.type === "dataChanged" ||
      event.type === "childrenChanged"
    ) {
      const notice: WatchNotice = { kind: event.type, path: this.#toUser(event.path) };
      for (const listener of this.#table.fire(event)) tell(listener, notice);
    }
  }

  /**
   * Tells a server which watches this client has. Those that fire once fire now if they missed their moment; those that
   * last are told `resumed`, since nobody knows what they missed.
   */
  rearm(connection: Connection, lastZxidSeen: bigint): void {
    const requests = rearmingRequests(this.#table, [...oneShotKinds, ...lastingKinds], lastZxidSeen);
    const lasting = this.#table.listeners(lastingKinds);
    requests.forEach((request, index) => {
      const isLast = index === requests.length - 1;
      connection.send(rearmingExchange(request, (error) => this.#rearmed(error, isLast ? lasting : undefined)));
    });
  }

  /** A session is over, and with it what fires once. */
  endOneShots(error: SkylarkError): void {
    for (const listener of this.#table.take(oneShotKinds)) tell(listener, { kind: "ended", error });
  }

  endAll(error: SkylarkError): void {
    this.endOneShots(error);
    for (const listener of this.#table.take(lastingKinds)) tell(listener, { kind: "ended", error });
  }

  /** Forgets everybody, and tells nobody. */
  clear(): void {
    this.#table.take([...oneShotKinds, ...lastingKinds]);
  }

  #rearmed(error: number, resumed: ReadonlySet<WatchListener> | undefined): void {
    if (error !== 0) return this.endAll(refusedByServer(error, "setWatches", {}));
    if (resumed === undefined) return;
    const still = this.#table.listeners(lastingKinds);
    for (const listener of resumed) if (still.has(listener)) tell(listener, { kind: "resumed" });
  }
}

function rearmingExchange(request: SetWatches2Request, replied: (error: number) => void): Exchange {
  const xid = specialXids.setWatches;
  const writer = new JuteWriter();
  if (isPlain(request)) writePacket(writer, xid, operations.setWatches, request);
  else writePacket(writer, xid, operations.setWatches2, request);
  return { packet: writer.take(), xid, sent() {}, replied, lost() {} };
}

/** A listener that throws is its author's error, and no reason to lose the others, or the connection. */
function tell(listener: WatchListener, notice: WatchNotice): void {
  try {
    listener(notice);
  } catch (thrown) {
    process.nextTick(() => {
      throw thrown;
    });
  }
}
