import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { deferred } from "@skylark/core/internal";
import { isLoopbackHost } from "@skylark/rpc/internal";
import type { StoreHost } from "./store-hosts.js";

/**
 * The address of this machine on its way to the first of `hosts` that lies on another machine: the one its routes would send
 * from. Nothing is sent: a datagram socket that connects only asks the routes. Undefined where no such way is found.
 */
export async function addressTowards(hosts: readonly StoreHost[]): Promise<string | undefined> {
  for (const { host, port } of hosts) {
    const address = await routedFrom(host, port ?? anyPort).catch(() => undefined);
    if (address !== undefined && !isLoopbackHost(address)) return address;
  }
  return undefined;
}

const anyPort = 9; // "discard": the routes do not look at ports

async function routedFrom(host: string, port: number): Promise<string> {
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  const connected = deferred<string>();
  socket.once("error", (error) => connected.reject(error));
  socket.connect(port, address, () => connected.resolve(socket.address().address));
  try {
    return await connected.promise;
  } finally {
    socket.close();
  }
}
