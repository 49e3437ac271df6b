import { type EtcdServers, startFaultProxy } from "@skylark/testkit";
import { type Etcd, type EtcdOptions, openEtcd } from "../src/index.js";

function endpointsOf(servers: EtcdServers): string[] {
  return servers.members.map(({ endpoint }) => endpoint);
}

export function open(servers: EtcdServers, options: Partial<EtcdOptions> = {}): Promise<Etcd> {
  return openEtcd({ endpoints: endpointsOf(servers), timeoutMs: 30_000, ...options });
}

/** A client that reaches its one member by a proxy. */
export async function openBehindProxy(servers: EtcdServers, options: Partial<EtcdOptions> = {}) {
  const [target = ""] = endpointsOf(servers);
  const proxy = await startFaultProxy({ target });
  const etcd = await openEtcd({ endpoints: [proxy.address], timeoutMs: 30_000, ...options });
  return { proxy, etcd };
}
