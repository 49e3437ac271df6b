import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { startZooKeeper } from "@skylark/testkit";
import { Framer } from "../../src/wire/framer.js";

/** Packets without their lengths, in hex, in the order of the wire. */
interface Vectors {
  /** What the official client asked, and what the real server answered. Pings after the first are left out. */
  readonly exchanges: readonly { readonly request: string; readonly reply: string }[];
  readonly events: readonly string[];
}

const packetBytesMax = 4 * 1024 * 1024;
const pingXid = -2;
const eventXid = -1;

/** One connection: the first packet each way has no header, the others are answered in order, save events. */
class Tap {
  readonly #exchanges: { request: string; reply: string }[];
  readonly #events: string[];
  readonly #waiting: { request: string; reply: string }[] = [];
  #replies = 0;

  constructor(exchanges: { request: string; reply: string }[], events: string[]) {
    this.#exchanges = exchanges;
    this.#events = events;
  }

  request(packet: Buffer): void {
    const exchange = { request: packet.toString("hex"), reply: "" };
    this.#exchanges.push(exchange);
    this.#waiting.push(exchange);
  }

  reply(packet: Buffer): void {
    if (this.#replies++ > 0 && packet.readInt32BE(0) === eventXid) {
      this.#events.push(packet.toString("hex"));
      return;
    }
    const exchange = this.#waiting.shift();
    if (exchange) exchange.reply = packet.toString("hex");
  }
}

/**
 * Starts a real server, lets ZooKeeper's own Java client make every kind of request, and writes down both sides:
 * `npx tsx --conditions=skylark-source packages/zookeeper/test/programs/record-vectors.ts`.
 */
async function record(): Promise<Vectors> {
  await using ensemble = await startZooKeeper();
  const exchanges: { request: string; reply: string }[] = [];
  const events: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(ensemble.members[0]?.port ?? 0, "127.0.0.1");
    const tap = new Tap(exchanges, events);
    const [asked, answered] = [
      new Framer(packetBytesMax, (packet) => tap.request(packet)),
      new Framer(packetBytesMax, (packet) => tap.reply(packet)),
    ];
    client.on("data", (chunk) => asked.push(chunk)).pipe(upstream);
    upstream.on("data", (chunk) => answered.push(chunk)).pipe(client);
    for (const socket of [client, upstream]) sockets.add(socket.on("error", () => client.destroy()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const program = fileURLToPath(new URL("../wire/vectors/OfficialClient.java", import.meta.url));
  const classPath = "/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-nop.jar";
  const java = spawn("java", ["-cp", classPath, program, address], { stdio: ["ignore", "pipe", "inherit"] });
  java.stdout.on("data", () => {
    for (const socket of sockets) socket.destroy();
  });
  const [status] = (await once(java, "exit")) as [number | null];
  server.close();
  if (status !== 0) throw new Error(`the official client ended with ${status}`);
  const isPing = ({ request }: { request: string }) => Buffer.from(request, "hex").readInt32BE(0) === pingXid;
  const firstPing = exchanges.find(isPing);
  return { exchanges: exchanges.filter((each) => !isPing(each) || each === firstPing), events };
}

const file = fileURLToPath(new URL("../wire/vectors/official-client.json", import.meta.url));
writeFileSync(file, `${JSON.stringify(await record(), undefined, 2)}\n`);
