import {
  connectionResources,
  methodsOf,
  RpcClient,
  RpcServer,
  socketTransport,
  typedClient,
} from "@skylark/rpc/internal";
import type { Contender, Echo } from "../contender.js";

const instance = "bench";

/** Our calls without what stands around them: no coordination, no directory, the one instance told by hand. */
export const skylarkRpc: Contender = {
  packages: ["@skylark/rpc"],
  async serve() {
    const server = new RpcServer({ instance, transport: socketTransport, resources: connectionResources() });
    server.offer({ name: "bench", version: "1", methods: methodsOf({ echo: async (value: Echo) => value }) });
    return { address: await server.listen("tcp://127.0.0.1:0") };
  },
  async connect(address) {
    const identity = { name: "bench-client", proof: "none" } as const;
    const client = new RpcClient({ identity, transport: socketTransport, resources: connectionResources() });
    const channel = client.channel("bench");
    channel.update([{ id: instance, address }]);
    const bench = typedClient<{ echo(value: Echo): Promise<Echo> }>(channel);
    return {
      echo: (value) => bench.echo(value),
      async close() {
        channel.close();
        client.close();
      },
    };
  },
};
