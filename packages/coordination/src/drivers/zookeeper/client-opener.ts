import type { TlsOptions, ZooKeeper } from "@skylark/zookeeper";
import type { DriverOptions } from "../driver.js";
import { missingPackage } from "../driver-errors.js";
import { type DriverTarget, driverTarget } from "../driver-target.js";

const defaultPort = 2181;

/** Answers larger than any node: a list of children may have many names. */
const replyBytesMax = 64 * 1024 * 1024;

export function zooKeeperTarget(url: string): DriverTarget {
  return driverTarget(url, "ZooKeeper", defaultPort);
}

/** What opens a client of the ensemble that a URL names, as often as it takes. The caller closes what it opens. */
export async function clientOpener(
  { ttlMs, clock, random, log }: Pick<DriverOptions, "ttlMs" | "clock" | "random" | "log">,
  target: DriverTarget,
): Promise<(openTimeoutMs: number) => Promise<ZooKeeper>> {
  const { openZooKeeper } = await zooKeeperPackage();
  const { user } = target;
  const auth = user ? [{ scheme: "digest", credentials: `${user.name}:${user.password}` }] : [];
  const client = {
    sessionTimeoutMs: ttlMs,
    expiresBy: "server",
    replyBytesMax,
    auth,
    tls: tlsOf(target),
    clock,
    random,
    log,
  } as const;
  return async (openTimeoutMs) => await openZooKeeper(target.hosts.join(","), { ...client, openTimeoutMs });
}

async function zooKeeperPackage(): Promise<typeof import("@skylark/zookeeper")> {
  try {
    return await import("@skylark/zookeeper");
  } catch (error) {
    throw missingPackage("@skylark/zookeeper", error);
  }
}

/** As Node's TLS has them: what is not given is left out. */
export function tlsOf({ tls }: DriverTarget): TlsOptions | undefined {
  if (tls === undefined) return undefined;
  const { serverName, ...texts } = tls;
  const given = Object.entries({ ...texts, servername: serverName }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as TlsOptions;
}
