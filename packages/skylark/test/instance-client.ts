import { connectionResources, RpcClient, socketTransport, typedClient } from "@skylark/rpc/internal";
import type { Application } from "skylark";
import { type InstanceFunctions, instanceServiceName } from "skylark/internal";

/** What any process may ask an instance about itself, by its address: nobody registers that service. */
export function instanceClient(provider: Application): { functions: InstanceFunctions; close(): void } {
  const [served] = provider.served;
  if (!served) throw new Error("who serves nothing listens nowhere");
  const client = new RpcClient({
    identity: { name: "operator", proof: "none" },
    transport: socketTransport,
    resources: connectionResources(),
  });
  const channel = client.channel(instanceServiceName);
  channel.update([{ id: served.instance, address: served.address }]);
  return { functions: typedClient<InstanceFunctions>(channel), close: () => client.close() };
}
