import { checkPrefix, root } from "../state/key.js";

/** What the URL of an engine says: `etcd://user:password@h1:2379,h2:2379/prefix?ca=/path/ca.pem`. */
export interface DriverUrl {
  /** `host:port` each; the engine's own port where none is given. */
  readonly hosts: readonly string[];
  readonly user: { readonly name: string; readonly password: string } | undefined;
  /** Stands before every key: ZooKeeper's chroot, a prefix in etcd. Empty, or as a key of the port. */
  readonly place: string;
  readonly tls: DriverUrlTls | undefined;
}

/** Paths of PEM files, and the name that the server's certificate must carry where it is not the host. */
export interface DriverUrlTls {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly serverName: string | undefined;
}

const form = /^[a-z]+:\/\/(?:([^@/?]*)@)?([^/?@]+)(\/[^?]*)?(?:\?(.*))?$/;
const parameters = new Set(["tls", "ca", "cert", "key", "serverName"]);

/** Throws a plain Error that says what is wrong, without the password. */
export function parseDriverUrl(url: string, defaultPort: number): DriverUrl {
  const match = form.exec(url);
  if (!match) {
    const scheme = url.slice(0, url.indexOf(":"));
    throw new Error(`write ${scheme}://[user:password@]host[:port][,host…][/place][?tls=true&ca=…&cert=…&key=…]`);
  }
  const [, userInfo, hosts = "", path = "", query = ""] = match;
  const place = path === root ? "" : path;
  if (place !== "") checkPrefix(place);
  return {
    hosts: hosts.split(",").map((host) => withPort(host, defaultPort)),
    user: userOf(userInfo),
    place,
    tls: tlsOf(query),
  };
}

function withPort(host: string, defaultPort: number): string {
  if (host === "") throw new Error("a host is empty");
  return /:\d+$/.test(host) && !host.endsWith("]") ? host : `${host}:${defaultPort}`;
}

function userOf(userInfo: string | undefined): DriverUrl["user"] {
  if (userInfo === undefined) return undefined;
  const colon = userInfo.indexOf(":");
  if (colon < 1) throw new Error("a user without a password; write user:password@");
  const [name, password] = [userInfo.slice(0, colon), userInfo.slice(colon + 1)].map(decodeURIComponent);
  return { name: name as string, password: password as string };
}

function tlsOf(query: string): DriverUrlTls | undefined {
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
