import { StoreClient } from "../../engine/store-client.js";
import type { Coordination } from "../../port.js";
import type { DriverOptions } from "../driver.js";
import { missingPackage } from "../driver-errors.js";
import { driverTarget } from "../driver-target.js";
import { openedInTime } from "../opened-in-time.js";
import { EtcdEngine } from "./etcd-engine.js";

const defaultPort = 2379;

/**
 * Opens the port over an etcd cluster, with the package `@skylark/etcd`, which the application installs.
 *
 * Fails `invalid_argument` for a URL that cannot be read, `unavailable` where no member is reached, `unauthenticated` or
 * `permission_denied` where the credentials are refused.
 */
export async function openEtcdCoordination(options: DriverOptions): Promise<Coordination> {
  const { ttlMs, opens, openTimeoutMs, clock, random, log } = options;
  const { hosts: endpoints, user, place: prefix, tls } = driverTarget(options.url, "etcd", defaultPort);
  const { openEtcd } = await etcdPackage();
  const silence = silenceFor(ttlMs);
  const client = { endpoints, user, tls, silence, opens, openTimeoutMs, clock, random, log };
  const etcd = await openEtcd(client);
  const engine = new EtcdEngine({ etcd, prefix, ttlMs, clock, random, log });
  try {
    await openedInTime(engine, options);
    return new StoreClient(engine);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** A frozen member is noticed within two thirds of the time to live, and no sooner than a busy machine can bear. */
export function silenceFor(ttlMs: number): { pingAfterMs: number; answerWithinMs: number } {
  const quarterMs = ttlMs / 4;
  return {
    pingAfterMs: Math.min(2000, Math.max(500, quarterMs)),
    answerWithinMs: Math.min(1000, Math.max(700, quarterMs)),
  };
}

async function etcdPackage(): Promise<typeof import("@skylark/etcd")> {
  try {
    return await import("@skylark/etcd");
  } catch (error) {
    throw missingPackage("@skylark/etcd", error);
  }
}
