import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import moleculerPackage, { type Context } from "moleculer";
import type { Contender, Echo } from "../contender.js";

/**
 * Moleculer with its own TCP transporter: two nodes that know each other's address, nothing discovered. Validation, metrics
 * and logs are off, the serializer is its default (JSON). It uses one socket for requests and one for replies.
 */
export const moleculer: Contender = {
  packages: ["moleculer"],
  async serve() {
    const urls = `tcp://127.0.0.1:${await freePort()}/server,tcp://127.0.0.1:${await freePort()}/client`;
    const broker = brokerOf("server", urls);
    broker.createService({ name: "bench", actions: { echo: (context: Context<Echo>) => context.params } });
    await broker.start();
    return { address: urls };
  },
  async connect(urls) {
    const broker = brokerOf("client", urls);
    await broker.start();
    await broker.waitForServices("bench");
    return {
      echo: (value) => broker.call<Echo, Echo>("bench.echo", value),
      close: () => broker.stop(),
    };
  },
};

function brokerOf(nodeID: string, urls: string) {
  return new moleculerPackage.ServiceBroker({
    nodeID,
    transporter: { type: "TCP", options: { udpDiscovery: false, urls: urls.split(",") } },
    logger: false,
    metrics: false,
    tracing: false,
    validator: false,
  });
}

/** Each node must be told where the other will be before either listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
