import { isIP, isIPv6 } from "node:net";
import { SkylarkError } from "@skylark/core";
import { hostAndPort, isLoopbackHost, parseAddress } from "@skylark/rpc/internal";
import { isSharedStore } from "./store-hosts.js";

export interface AdvertisedHostOptions {
  /** The host that is listened on: an address, a name, or a wildcard such as `0.0.0.0`. */
  readonly bind: string;
  /** `embedded`, or where the remote store is. */
  readonly coordinationUrl: string;
  /** What the user wants others to dial, a host or host:port; wins over everything that could be found out. */
  readonly advertise?: string | undefined;
  /** The address of this machine on the way to the store: others reach it by the same interface (`addressTowards`). */
  readonly localAddress?: string | undefined;
}

export interface AdvertisedAddressOptions extends Omit<AdvertisedHostOptions, "bind"> {
  /** The address that is listened on, its port chosen: `tcp://0.0.0.0:41234`. */
  readonly bound: string;
}

/**
 * The address that others are told to dial, `tcp://host:port`. Fails `failed_precondition` where nobody else could reach
 * this process there, `invalid_argument` where `advertise` is no address; the message names the setting.
 */
export function advertisedAddress(options: AdvertisedAddressOptions): string {
  const bound = parseAddress(options.bound);
  if (bound.kind !== "tcp")
    throw wrong("invalid_argument", "SKYLARK_HOST", `${options.bound} cannot be advertised: listen on tcp`);
  const host = advertisedHost({ ...options, bind: bound.host });
  const port = options.advertise === undefined ? undefined : hostAndMaybePort(options.advertise).port;
  return `tcp://${host}:${port ?? bound.port}`;
}

/** Where to listen unless told: for this machine alone as long as the store is, else on every interface. */
export function defaultBind(coordinationUrl: string): string {
  return isSharedStore(coordinationUrl) ? "0.0.0.0" : "127.0.0.1";
}

/** Whether the way to the store must be asked for the address that others dial: on every interface, and nobody said which. */
export function needsLocalAddress({ bind, coordinationUrl, advertise }: AdvertisedHostOptions): boolean {
  return advertise === undefined && isWildcard(bind) && isSharedStore(coordinationUrl);
}

/** The host of `advertisedAddress`, an IPv6 address in brackets. */
export function advertisedHost({ bind, coordinationUrl, advertise, localAddress }: AdvertisedHostOptions): string {
  const isShared = isSharedStore(coordinationUrl);
  if (isShared && isLoopbackHost(bind)) {
    throw wrong(
      "failed_precondition",
      "SKYLARK_HOST",
      `this process would listen on ${bind}, where no other machine reaches it, but coordination is shared with others: set SKYLARK_HOST to 0.0.0.0 or to an address of this machine`,
    );
  }
  if (advertise !== undefined) return bracketed(hostAndMaybePort(advertise).host);
  if (!isWildcard(bind)) return bracketed(bind);
  if (!isShared) return bind.includes(":") ? "[::1]" : "127.0.0.1";
  const local = localAddress?.replace(/^::ffff:(?=\d+\.)/i, ""); // an IPv4 address as a dual socket shows it
  if (local !== undefined && isIP(local) !== 0 && !local.includes("%")) return bracketed(local);
  throw wrong(
    "failed_precondition",
    "SKYLARK_ADVERTISE",
    `this process listens on every interface, and ${local === undefined ? "none is known by which others reach it" : `others cannot use ${local}`}: set SKYLARK_ADVERTISE to its address`,
  );
}

function hostAndMaybePort(advertise: string): { host: string; port: number | undefined } {
  if (isIP(advertise) !== 0) return { host: advertise, port: undefined };
  const [, ipv6, name, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(advertise) ?? [];
  const host = ipv6 ?? name;
  const port = digits === undefined ? undefined : Number(digits);
  if (host === undefined || (ipv6 !== undefined && !isIPv6(ipv6)) || port === 0 || (port ?? 1) > 65_535) {
    const message = `SKYLARK_ADVERTISE is ${JSON.stringify(advertise)}: write a host, or host:port`;
    throw wrong("invalid_argument", "SKYLARK_ADVERTISE", message);
  }
  return { host, port };
}

function bracketed(host: string): string {
  return hostAndPort(host, 0).replace(/:0$/, "");
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "";
}

function wrong(code: "failed_precondition" | "invalid_argument", key: string, message: string): SkylarkError {
  return new SkylarkError(code, message, { reason: "SETTING", details: { key } });
}
