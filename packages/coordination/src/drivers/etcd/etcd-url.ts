import { checkPrefix, root } from "../../state/key.js";

/** What a URL says: `etcd://user:password@h1:2379,h2:2379/prefix?ca=/path/ca.pem`. */
export interface EtcdUrl {
  /** `host:port`; 2379 where no port is given. */
  readonly endpoints: readonly string[];
  readonly user: { readonly name: string; readonly password: string } | undefined;
  /** Stands before every key in etcd; empty, or as a key of the port. */
  readonly prefix: string;
  readonly tls: EtcdUrlTls | undefined;
}

export interface EtcdUrlTls {
  /** Paths of PEM files. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly serverName: string | undefined;
}

const defaultPort = 2379;
const form = /^etcd:\/\/(?:([^@/?]*)@)?([^/?@]+)(\/[^?]*)?(?:\?(.*))?$/;
const parameters = new Set(["tls", "ca", "cert", "key", "serverName"]);

/** Throws a plain Error that says what is wrong, without the password. */
export function parseEtcdUrl(url: string): EtcdUrl {
  const match = form.exec(url);
  if (!match) throw new Error("write etcd://[user:password@]host[:port][,host…][/prefix][?tls=true&ca=…&cert=…&key=…]");
  const [, userInfo, hosts = "", path = "", query = ""] = match;
  const prefix = path === root ? "" : path;
  if (prefix !== "") checkPrefix(prefix);
  return { endpoints: hosts.split(",").map(endpointOf), user: userOf(userInfo), prefix, tls: tlsOf(query) };
}

function endpointOf(host: string): string {
  if (host === "") throw new Error("a host is empty");
  return /:\d+$/.test(host) && !host.endsWith("]") ? host : `${host}:${defaultPort}`;
}

function userOf(userInfo: string | undefined): EtcdUrl["user"] {
  if (userInfo === undefined) return undefined;
  const colon = userInfo.indexOf(":");
  if (colon < 1) throw new Error("a user without a password; write user:password@");
  const [name, password] = [userInfo.slice(0, colon), userInfo.slice(colon + 1)].map(decodeURIComponent);
  return { name: name as string, password: password as string };
}

function tlsOf(query: string): EtcdUrlTls | undefined {
  const given = new URLSearchParams(query);
  for (const name of given.keys()) {
    if (!parameters.has(name)) throw new Error(`"${name}" is no parameter; there are ${[...parameters].join(", ")}`);
  }
  const tls = given.get("tls");
  if (tls !== null && tls !== "true" && tls !== "false") throw new Error(`tls=${tls}; write tls=true`);
  const isAsked = tls === "true" || (tls === null && [...given.keys()].length > 0);
  if (!isAsked) return undefined;
  const text = (name: string) => given.get(name) ?? undefined;
  if ((text("cert") === undefined) !== (text("key") === undefined)) throw new Error("cert and key go together");
  return { ca: text("ca"), cert: text("cert"), key: text("key"), serverName: text("serverName") };
}
