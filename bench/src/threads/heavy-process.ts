import { monitorEventLoopDelay } from "node:perf_hooks";
import { silentLog } from "@skylark/core";
import { connectionResources, methodsOf, openThreads, RpcServer, socketTransport } from "@skylark/rpc/internal";
import * as heavy from "./heavy.js";
import type { HeavyAnswer, HeavyRequest } from "./heavy-contenders.js";

/** A server whose one method computes: `<threads>`, zero for its own event loop. */
const threads = Number(process.argv[2]);

function answer(message: HeavyAnswer): void {
  process.send?.(message);
}

const delays = monitorEventLoopDelay({ resolution: 1 });
const inMs = (nanoseconds: number): number => nanoseconds / 1e6;

process.on("message", (request: HeavyRequest) => {
  if (request.kind === "watch") {
    delays.reset();
    delays.enable();
    return answer({ kind: "watching" });
  }
  delays.disable();
  const [delayP50Ms, delayP99Ms] = [inMs(delays.percentile(50)), inMs(delays.percentile(99))];
  answer({ kind: "delays", delayP50Ms, delayP99Ms, delayMostMs: inMs(delays.max) });
});
process.on("disconnect", () => process.exit());

const worker = new URL("./heavy.ts", import.meta.url);
const { methods } =
  threads === 0
    ? { methods: methodsOf(heavy) }
    : await openThreads("heavy", { worker, threads }, { style: "plain", log: silentLog });
const server = new RpcServer({ instance: "heavy", transport: socketTransport, resources: connectionResources() });
server.offer({ name: "heavy", version: "1", methods });
answer({ kind: "ready", address: await server.listen("tcp://127.0.0.1:0") });
