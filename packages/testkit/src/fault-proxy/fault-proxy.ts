import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { deferred } from "@skylark/core/internal";
import type { Framing } from "./framing.js";
import { Link } from "./link.js";
import { type Direction, FaultPlan } from "./plan.js";

export interface FaultProxyOptions {
  /** `host:port` of the real server. */
  readonly target: string;
  /** Needed by `dropReplyTo` and `onRequest` only. */
  readonly framing?: Framing;
  /** Told of each whole request as it passes, and over which connection, known by its object. */
  readonly onRequest?: (request: Buffer, connection: object) => void;
}

/** Starts a proxy on a free port of loopback. Whoever starts it closes it. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const server = createServer({ allowHalfOpen: true });
  const proxy = new FaultProxy(server, options);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return proxy;
}

const bothDirections: readonly Direction[] = ["to-server", "to-client"];

/**
 * Stands between clients and one real server, in the process of the test, and does to their connections what networks do.
 * What it is told holds for all connections through it, those to come included, until it is told otherwise.
 *
 * @example
 * const proxy = await startFaultProxy({ target: member.address, framing: zooKeeperFraming });
 * const lost = proxy.dropReplyTo(); // the server does it, the client never learns
 */
export class FaultProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #plan: FaultPlan;
  readonly #links = new Set<Link>();
  #door: "open" | "shut" = "open";

  /** @internal */
  constructor(server: Server, { target, framing, onRequest }: FaultProxyOptions) {
    const colon = target.lastIndexOf(":");
    this.#target = { host: target.slice(0, colon), port: Number(target.slice(colon + 1)) };
    this.#plan = new FaultPlan(framing, onRequest);
    this.#server = server;
    server.on("connection", (client: Socket) => this.#accept(client));
  }

  /** `127.0.0.1:port`: give it to clients instead of the server's. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#links.size;
  }

  /** Ends every connection at once, without a word; new ones are welcome. */
  cut(): void {
    for (const link of this.#links) link.cut();
  }

  /** Cuts every connection and ends new ones as they come, until `accept`. */
  refuse(): void {
    this.#door = "shut";
    this.cut();
  }

  accept(): void {
    this.#door = "open";
  }

  /** What comes in from now on goes out so much later, in order. 0 ends it; what is on its way keeps its time. */
  delay(delayMs: number, directions: readonly Direction[] = bothDirections): void {
    for (const direction of directions) this.#plan.delaysMs[direction] = delayMs;
  }

  /** Lets nothing pass; connections stay open, new ones open, and all is passed on at `thaw`. */
  freeze(directions: readonly Direction[] = bothDirections): void {
    for (const direction of directions) this.#plan.modes[direction] = "hold";
    this.#replan();
  }

  /** What is sent this way vanishes, until `thaw` cuts the connections that lost something. */
  drop(direction: Direction): void {
    this.#plan.modes[direction] = "drop";
    this.#replan();
  }

  /** Ends `freeze` and `drop`. */
  thaw(): void {
    for (const direction of bothDirections) this.#plan.modes[direction] = "pass";
    this.#replan();
  }

  /**
   * Lets one request through and swallows its reply, then cuts the connection, as where a server dies after it has done what
   * it was asked. Resolves when that has happened, or when the connection went before it could.
   *
   * @param wanted which request, by its bytes. Default: the next one
   * @param then "go on": the connection stays, one reply short
   */
  dropReplyTo(wanted: (request: Buffer) => boolean = () => true, then: "cut" | "go on" = "cut"): Promise<void> {
    if (!this.#plan.framing) throw new Error("the proxy was not told how to tell frames apart");
    const happened = deferred();
    this.#plan.drop({ wanted, ending: then, dropped: () => happened.resolve() });
    return happened.promise;
  }

  async close(): Promise<void> {
    this.refuse();
    this.#server.close();
    await once(this.#server, "close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(client: Socket): void {
    client.on("error", () => undefined); // "close" follows
    if (this.#door === "shut") {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    const link = new Link(client, server, this.#plan, (closed) => {
      this.#links.delete(closed);
      this.#plan.forget(closed);
    });
    this.#links.add(link);
  }

  #replan(): void {
    for (const link of this.#links) link.replan();
  }
}
