import { readFileSync } from "node:fs";
import { SkylarkError } from "@skylark/core";
import type { EtcdTls } from "@skylark/etcd";
import type { Coordination } from "../../port.js";
import type { DriverOptions } from "../driver.js";
import { missingPackage, settingError } from "../driver-errors.js";
import { openedInTime } from "../opened-in-time.js";
import { EtcdCoordination } from "./etcd-coordination.js";
import { type EtcdUrl, type EtcdUrlTls, parseEtcdUrl } from "./etcd-url.js";

/**
 * Opens the port over an etcd cluster, with the package `@skylark/etcd`, which the application installs.
 *
 * Fails `invalid_argument` for a URL that cannot be read, `unavailable` where no member is reached, `unauthenticated` or
 * `permission_denied` where the credentials are refused.
 */
export async function openEtcdCoordination(options: DriverOptions): Promise<Coordination> {
  const { ttlMs, opens, openTimeoutMs, clock, random, log } = options;
  const { endpoints, user, prefix, tls } = parsed(options.url);
  const { openEtcd } = await etcdPackage();
  const silence = silenceFor(ttlMs);
  const client = { endpoints, user, tls: tls && tlsFrom(tls), silence, opens, openTimeoutMs, clock, random, log };
  const etcd = await openEtcd(client);
  const coordination = new EtcdCoordination({ etcd, prefix, ttlMs, clock, random, log });
  try {
    await openedInTime(coordination, options);
    return coordination;
  } catch (error) {
    await coordination.close();
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

function parsed(url: string): EtcdUrl {
  try {
    return parseEtcdUrl(url);
  } catch (error) {
    throw settingError(`the etcd URL cannot be read: ${SkylarkError.from(error).message}`);
  }
}

function tlsFrom({ ca, cert, key, serverName }: EtcdUrlTls): EtcdTls {
  return { ca: fileText("ca", ca), cert: fileText("cert", cert), key: fileText("key", key), serverName };
}

function fileText(parameter: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw settingError(`the etcd URL's "${parameter}" cannot be read: ${SkylarkError.from(error).message}`);
  }
}
