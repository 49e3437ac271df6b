import { deepStrictEqual } from "node:assert";
import { cpuMicros } from "./child.js";
import { type EchoClient, echo } from "./contender.js";
import { type ContenderName, loadContender } from "./contenders.js";
import { runLoad } from "./load.js";
import type { SideAnswer, SideRequest } from "./side.js";

/** One side of a pair, in a process of its own: `server <contender>` or `client <contender> <address>`. */
const [role, name, address = ""] = process.argv.slice(2) as ["server" | "client", ContenderName, string?];

function answer(message: SideAnswer): void {
  process.send?.(message);
}

function obey(client: EchoClient | undefined): void {
  process.on("message", (request: SideRequest) => {
    if (request.kind === "cpu") answer({ kind: "cpu", cpuMicros: cpuMicros() });
    else if (client) void load(client, request);
  });
}

async function load(client: EchoClient, plan: Extract<SideRequest, { kind: "load" }>): Promise<void> {
  const before = cpuMicros();
  const result = await runLoad(() => client.echo(echo), plan);
  answer({ kind: "loaded", ...result, cpuMicros: cpuMicros() - before });
}

process.on("disconnect", () => process.exit());

const contender = await loadContender(name);
if (role === "server") {
  const server = await contender.serve();
  obey(undefined);
  answer({ kind: "ready", address: server.address });
} else {
  const client = await contender.connect(address);
  deepStrictEqual({ ...(await client.echo(echo)) }, echo);
  obey(client);
  answer({ kind: "ready", address });
}
