import { connectionResources, RpcClient, socketTransport, typedClient } from "@skylark/rpc/internal";
import type { EchoFunctions } from "./echo.js";
import { answer } from "./side.js";

/** Many callers of one instance, in one process: each with a connection of its own. */

const resources = connectionResources();
const identity = { name: "many", proof: "none" } as const;
const callers: { readonly client: RpcClient; readonly echo: EchoFunctions }[] = [];

answer("ready", {
  /** Opens so many more connections, some at a time, and calls once over each. */
  open: async ({ id, address, count }: { id: string; address: string; count: number }) => {
    for (let opened = 0; opened < count; opened += abreast) {
      const batch = Array.from({ length: Math.min(abreast, count - opened) }, () => {
        const client = new RpcClient({ identity, transport: socketTransport, resources, connectTimeoutMs: 30_000 });
        const channel = client.channel("echo", { timeoutMs: 60_000 });
        channel.update([{ id, address }]);
        return { client, echo: typedClient<EchoFunctions>(channel) };
      });
      callers.push(...batch);
      await Promise.all(batch.map(({ echo }, index) => echo.echo(index)));
    }
  },
  /** Calls over all of them at once; answers how many answers were right. */
  callAll: async () => {
    const answers = await Promise.all(callers.map(({ echo }, index) => echo.echo(index)));
    return answers.filter((value, index) => value === index).length;
  },
  close: () => {
    for (const { client } of callers) client.close();
  },
});

const abreast = 200;
