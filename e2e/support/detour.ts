import { type FaultProxy, startFaultProxy } from "@skylark/testkit";

/** A client's own way to each host of a store, which can be closed to it alone. */
export class Detour implements AsyncDisposable {
  /** The store's URL, by this way. */
  readonly url: string;
  readonly #proxies: readonly FaultProxy[];

  private constructor(url: string, proxies: readonly FaultProxy[]) {
    this.url = url;
    this.#proxies = proxies;
  }

  /** @param url with nothing but hosts in it */
  static async around(url: string): Promise<Detour> {
    const [scheme, hosts = ""] = url.split("://");
    const proxies = await Promise.all(hosts.split(",").map((target) => startFaultProxy({ target })));
    return new Detour(`${scheme}://${proxies.map(({ address }) => address).join(",")}`, proxies);
  }

  close(): void {
    for (const proxy of this.#proxies) proxy.refuse();
  }

  open(): void {
    for (const proxy of this.#proxies) proxy.accept();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
  }
}
