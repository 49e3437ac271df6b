import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { freePorts } from "@skylark/testkit";
import { afterEach, expect, it } from "vitest";
import { memberStandings } from "../../src/drivers/zookeeper/member-standings.js";

const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** A server that answers the first bytes so; without an answer it is silent. */
async function member(answer?: string): Promise<string> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    if (answer !== undefined) socket.once("data", () => socket.end(answer));
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("tells who serves, who knows no leader, who refuses and who is silent", async () => {
  const [port] = await freePorts(1);
  const members = [
    { address: await member("Zookeeper version: 3.8.0\nMode: leader\n"), kind: "serves" },
    { address: await member("srvr is not executed because it is not in the whitelist.\n"), kind: "serves" },
    { address: await member("This ZooKeeper instance is not currently serving requests\n"), kind: "knows no leader" },
    { address: `127.0.0.1:${port}`, kind: "refuses" },
    { address: await member(), kind: "silent" },
  ];
  const hosts = members.map(({ address }) => address).join(",");
  await expect.poll(() => memberStandings(hosts, undefined), { timeout: 60_000 }).toEqual(members);
});
