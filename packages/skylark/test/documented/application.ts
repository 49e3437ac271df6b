import { Application, connect, serve } from "skylark";

await using provider = new Application({ name: "greeter", settings: { region: "eu", port: 0 } });
await using consumer = new Application({ name: "portal", log: () => {} });

const greeter = { greet: async (name: string) => `Hello, ${name}` };
await serve("greeter", greeter, { application: provider });
const client = await connect<typeof greeter>("greeter", { application: consumer, region: "eu" });
export const greeting = await client.greet("world");
