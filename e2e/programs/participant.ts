import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { systemClock } from "@skylark/core/internal";
import { DirectoryWatch } from "@skylark/discovery/internal";
import { application, connect, SkylarkError, serve } from "skylark";
import type { EchoFunctions } from "./echo.js";
import { answer } from "./side.js";
import { Traffic, type TrafficOrder } from "./traffic.js";

/** A process that offers a service, calls others, and tells what it sees. What a test needs of one, and no more. */

const { values: args } = parseArgs({
  options: {
    service: { type: "string", default: "echo" },
    executions: { type: "string" },
    version: { type: "string", default: "1" },
  },
});

const functions: EchoFunctions = {
  echo: async (value) => value,
  deposit: async (id) => {
    if (args.executions !== undefined) appendFileSync(args.executions, `${id}\n`);
    return id;
  },
};

const served = await serve(args.service, functions, { version: args.version, idempotent: ["echo"] });
const own = application();
const coordination = await own.coordination();
let expired = 0;
coordination.onSession((status) => {
  if (status.kind === "expired") expired++;
});

const watches = new Map<string, DirectoryWatch>();
let traffic: Traffic | undefined;

function watch(service: string): DirectoryWatch {
  const known = watches.get(service);
  if (known) return known;
  const opened = new DirectoryWatch(coordination, own.settings.values.cluster, service, () => {}, {
    clock: systemClock,
    log: own.log,
  });
  watches.set(service, opened);
  return opened;
}

answer(
  { instance: served.instance, address: served.address, pid: process.pid },
  {
    /** The ids that this process would call now. */
    directory: (service: string) =>
      watch(service)
        .directory.instances.filter(({ registered }) => registered)
        .map(({ id }) => id),
    register: () => served.register(),
    unregister: () => served.unregister(),
    /** Writes once into the store; what it fails with is the answer. */
    write: async (timeoutMs: number) => {
      const startedAt = performance.now();
      const tookMs = () => Math.round(performance.now() - startedAt);
      try {
        await coordination.put("/probe", startedAt, { timeoutMs });
        return { outcome: "written", reason: undefined, message: "", tookMs: tookMs() };
      } catch (thrown) {
        const { code, reason, message } = SkylarkError.from(thrown);
        return { outcome: code, reason, message, tookMs: tookMs() };
      }
    },
    /** Sessions that it lost. */
    expired: () => expired,
    start: async (order: TrafficOrder) => {
      const client = await connect<EchoFunctions>(order.service, { timeoutMs: order.timeoutMs, readyWithinMs: 30_000 });
      traffic = new Traffic(client, order);
    },
    stop: () => traffic?.stop(),
    callOnce: async ({ service, id }: { service: string; id: string }) => {
      const client = await connect<EchoFunctions>(service, { timeoutMs: 20_000, wait: false });
      try {
        return await client.deposit(id);
      } catch (thrown) {
        const { code, reason, message } = SkylarkError.from(thrown);
        return { code, reason, message };
      }
    },
  },
);
