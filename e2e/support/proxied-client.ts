import { type Coordination, openCoordination } from "@skylark/coordination";
import { type FaultProxy, http2Framing, startFaultProxy, zooKeeperFraming } from "@skylark/testkit";

/** A client of an ensemble that reaches every member through a proxy of its own. The test disposes it. */
export class ProxiedClient implements AsyncDisposable {
  readonly coordination: Coordination;
  readonly #proxies: readonly FaultProxy[];

  private constructor(coordination: Coordination, proxies: readonly FaultProxy[]) {
    this.coordination = coordination;
    this.#proxies = proxies;
  }

  /** `url`: of the ensemble itself, as `etcd://h1:1,h2:2`. */
  static async open(url: string, ttlMs: number): Promise<ProxiedClient> {
    const [scheme = "", targets = ""] = url.split("://");
    const framing = scheme === "etcd" ? http2Framing : zooKeeperFraming;
    const proxies = await Promise.all(targets.split(",").map((target) => startFaultProxy({ target, framing })));
    const hosts = proxies.map(({ address }) => address).join(",");
    const coordination = await openCoordination({ url: `${scheme}://${hosts}`, ttlMs, openTimeoutMs: 60_000 });
    return new ProxiedClient(coordination, proxies);
  }

  /** Undefined while there is none. */
  get session(): string | undefined {
    const { session } = this.coordination;
    return session.kind === "established" ? session.id : undefined;
  }

  /** Swallows the reply to one write whose request holds `text`, and cuts its connection. Resolves when that has happened. */
  async dropReplyToWrite(text: string): Promise<void> {
    let isArmed = true;
    const wanted = (request: Buffer): boolean => {
      if (!isArmed || !request.includes(text)) return false;
      isArmed = false;
      return true;
    };
    await Promise.race(this.#proxies.map((proxy) => proxy.dropReplyTo(wanted)));
  }

  /** Ends its connections without a word, and lets it make no others. */
  refuse(): void {
    for (const proxy of this.#proxies) proxy.refuse();
  }

  /** Its connections stay, and nothing passes. */
  freeze(): void {
    for (const proxy of this.#proxies) proxy.freeze();
  }

  /** Ends whatever was done to its connections. */
  restore(): void {
    for (const proxy of this.#proxies) {
      proxy.accept();
      proxy.thaw();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.restore();
    await this.coordination.close();
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
  }
}
