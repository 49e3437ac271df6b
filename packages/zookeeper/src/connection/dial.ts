import { connect, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { HostAddress } from "../connect-string.js";

/**
 * Encryption towards the servers, as node:tls knows it. `ca`: who may sign the servers' certificates; `cert` and `key`:
 * who this client is. The name checked is that of the connect string unless `servername` says another.
 */
export type TlsOptions = Pick<
  ConnectionOptions,
  | "ca"
  | "cert"
  | "key"
  | "pfx"
  | "passphrase"
  | "servername"
  | "checkServerIdentity"
  | "rejectUnauthorized"
  | "ciphers"
  | "minVersion"
>;

/** A socket on its way to a server, and the name of the event that says it is there. Whoever asked owns it. */
export function dial({ host, port }: HostAddress, tls: TlsOptions | undefined): { socket: Socket; ready: string } {
  if (tls === undefined) return { socket: connect({ host, port, noDelay: true }), ready: "connect" };
  const servername = tls.servername ?? (isIP(host) === 0 ? host : undefined);
  const socket = connectTls({ ...tls, host, port, ...(servername === undefined ? {} : { servername }) });
  socket.setNoDelay(true);
  return { socket, ready: "secureConnect" };
}
