import { checkPrefix, root } from "../../state/key.js";

/** What a URL says: `zookeeper://user:password@h1:2181,h2:2181/chroot?ca=/path/ca.pem`. */
export interface ZooKeeperUrl {
  /** As ZooKeeper's clients write it, without the chroot: `h1:2181,h2:2181`. */
  readonly hosts: string;
  /** `user:password`. */
  readonly digest: string | undefined;
  /** The node that holds everything; empty for the root, else as a key of the port. */
  readonly chroot: string;
  readonly tls: ZooKeeperUrlTls | undefined;
}

export interface ZooKeeperUrlTls {
  /** Paths of PEM files. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly serverName: string | undefined;
}

const defaultPort = 2181;
const form = /^zookeeper:\/\/(?:([^@/?]*)@)?([^/?@]+)(\/[^?]*)?(?:\?(.*))?$/;
const parameters = new Set(["tls", "ca", "cert", "key", "serverName"]);

/** Throws a plain Error that says what is wrong, without the password. */
export function parseZooKeeperUrl(url: string): ZooKeeperUrl {
  const match = form.exec(url);
  if (!match)
    throw new Error("write zookeeper://[user:password@]host[:port][,host…][/chroot][?tls=true&ca=…&cert=…&key=…]");
  const [, userInfo, hosts = "", path = "", query = ""] = match;
  const chroot = path === root ? "" : path;
  if (chroot !== "") checkPrefix(chroot);
  return { hosts: hosts.split(",").map(withPort).join(","), digest: digestOf(userInfo), chroot, tls: tlsOf(query) };
}

function withPort(host: string): string {
  if (host === "") throw new Error("a host is empty");
  return /:\d+$/.test(host) && !host.endsWith("]") ? host : `${host}:${defaultPort}`;
}

function digestOf(userInfo: string | undefined): string | undefined {
  if (userInfo === undefined) return undefined;
  const digest = decodeURIComponent(userInfo);
  if (digest.indexOf(":") < 1) throw new Error("a user without a password; write user:password@");
  return digest;
}

function tlsOf(query: string): ZooKeeperUrlTls | undefined {
  const given = new URLSearchParams(query);
  for (const name of given.keys()) {
    if (!parameters.has(name)) throw new Error(`"${name}" is no parameter; there are ${[...parameters].join(", ")}`);
  }
  const tls = given.get("tls");
  if (tls !== null && tls !== "true" && tls !== "false") throw new Error(`tls=${tls}; write tls=true`);
  const isAsked = tls === "true" || (tls === null && given.size > 0);
  if (!isAsked) return undefined;
  const text = (name: string) => given.get(name) ?? undefined;
  if ((text("cert") === undefined) !== (text("key") === undefined)) throw new Error("cert and key go together");
  return { ca: text("ca"), cert: text("cert"), key: text("key"), serverName: text("serverName") };
}
