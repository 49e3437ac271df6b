import { isIP } from "node:net";
import { SkylarkError } from "@skylark/core";
import { pathProblem } from "./chroot.js";

/** Where one member of an ensemble listens. */
export interface HostAddress {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface ConnectString {
  readonly hosts: readonly HostAddress[];
  /** The node that the client sees as its root; empty for the real one. */
  readonly chroot: string;
}

const defaultPort = 2181;

/**
 * Reads `host1:2181,[::1]:2182,host3/chroot`. The port may be left out (2181). Fails `invalid_argument` with reason
 * SETTING, and says what is wrong.
 */
export function parseConnectString(text: string): ConnectString {
  const scheme = /^\w+:\/\//.exec(text)?.[0];
  if (scheme !== undefined) throw refused(text, `write it without ${scheme}`);
  const slash = text.indexOf("/");
  const hostList = slash === -1 ? text : text.slice(0, slash);
  const chroot = slash === -1 || slash === text.length - 1 ? "" : text.slice(slash);
  const problem = chroot === "" ? undefined : pathProblem(chroot);
  if (problem !== undefined) throw refused(text, `its chroot ${JSON.stringify(chroot)} ${problem}`);
  const hosts = hostList.split(",").map((part) => parseHost(part.trim(), text));
  const seen = new Set<string>();
  for (const each of hosts) {
    const name = hostName(each);
    if (seen.has(name)) throw refused(text, `${name} is named twice`);
    seen.add(name);
  }
  return { hosts, chroot };
}

/** `host:port`, IPv6 in brackets. */
export function hostName({ host, port }: HostAddress): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseHost(part: string, whole: string): HostAddress {
  if (part === "") throw refused(whole, "a host is missing: write host:port,host:port/chroot");
  if (part.startsWith("[")) {
    const [, host = "", port] = /^\[([^\]]*)\](?::(.*))?$/.exec(part) ?? [];
    if (isIP(host) !== 6) throw refused(whole, `${JSON.stringify(part)} is no IPv6 address: write [::1]:2181`);
    return { host, port: parsePort(port, whole) };
  }
  const [host = "", port, ...more] = part.split(":");
  if (more.length > 0) {
    const hint = isIP(part) === 6 ? `put IPv6 in brackets: [${part}]:2181` : "write host:port, and IPv6 in brackets";
    throw refused(whole, `${JSON.stringify(part)} has several colons: ${hint}`);
  }
  if (!/^[\w.-]+$/.test(host)) throw refused(whole, `${JSON.stringify(host)} is no name of a host`);
  return { host, port: parsePort(port, whole) };
}

function parsePort(text: string | undefined, whole: string): number {
  if (text === undefined) return defaultPort;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw refused(whole, `${JSON.stringify(text)} is no port: 1 to 65535`);
}

function refused(text: string, why: string): SkylarkError {
  return new SkylarkError("invalid_argument", `the connect string ${JSON.stringify(text)}: ${why}`, {
    reason: "SETTING",
    details: { key: "connectString" },
  });
}
