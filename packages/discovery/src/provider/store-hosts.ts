import { isLoopbackHost } from "@skylark/rpc/internal";

/** One server of a store, as its URL names it. */
export interface StoreHost {
  readonly host: string;
  /** Undefined where the URL leaves it to the engine. */
  readonly port: number | undefined;
}

/** The servers that a coordination URL names: `etcd://10.0.0.1:2379,[::1]:2379/tenant`. None for `embedded`. */
export function storeHosts(coordinationUrl: string): readonly StoreHost[] {
  const [, servers = ""] = /^[a-z]+:\/\/(?:[^@/?]*@)?([^/?]*)/.exec(coordinationUrl) ?? [];
  return servers.split(",").flatMap((server) => {
    const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(server.trim()) ?? [];
    const host = bracketed ?? plain;
    return host === undefined ? [] : [{ host, port: digits === undefined ? undefined : Number(digits) }];
  });
}

/** Whether programs of other machines reach the store too. One on loopback is this machine's own, whatever engine it is. */
export function isSharedStore(coordinationUrl: string): boolean {
  return storeHosts(coordinationUrl).some(({ host }) => !isLoopbackHost(host));
}
