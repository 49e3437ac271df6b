import { once } from "node:events";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { register } from "@skylark/participant";
import { answer } from "./side.js";

/** A program that takes part by plain HTTP, by the library for Node. It leaves in order on SIGTERM. */

const { values: args } = parseArgs({
  options: {
    name: { type: "string", default: "office" },
    requires: { type: "string", multiple: true, default: [] },
    port: { type: "string", default: "0" },
    registry: { type: "string" },
    silence: { type: "string", default: "10000" },
  },
});

const server = createServer((_request, response) => response.end(`${args.name} of process ${process.pid}\n`));
server.listen(Number(args.port), "127.0.0.1");
await once(server, "listening");

const participant = await register({
  name: args.name,
  requires: args.requires,
  server,
  silenceMs: Number(args.silence),
  ...(args.registry !== undefined && { registry: args.registry }),
});
process.once("SIGTERM", () => void participant.unregister().then(() => process.exit(0)));

answer(
  { url: participant.url, pid: process.pid },
  {
    providers: (name: string) => participant.providers(name),
    /** What a required service answers there, through the address that the participant was told. */
    ask: async ({ name, path, body }: { name: string; path: string; body?: unknown }) => {
      const json = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
      const response = await fetch(participant.provider(name) + path, body === undefined ? {} : json);
      return `${response.status} ${await response.text()}`;
    },
  },
);
