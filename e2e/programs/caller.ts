import { type Balancer, balancers } from "@skylark/balance";
import { systemClock } from "@skylark/core/internal";
import { DirectoryWatch } from "@skylark/discovery/internal";
import { application, connect } from "skylark";
import type { EchoFunctions } from "./echo.js";
import { answer } from "./side.js";
import { Traffic, type TrafficOrder } from "./traffic.js";

/** Calls, and offers nothing: it can start while the store is away. Keeps book of which instance each call goes to first. */

/** Milliseconds since 1970 of the last call that went to an instance first. */
const lastFirst = new Map<string, number>();

const recording: Balancer = {
  name: "recording",
  picker(candidates, random) {
    const own = balancers.twoChoices.picker(candidates, random);
    return {
      pick(call) {
        const picked = own.pick(call);
        if (picked?.ready && !call.avoid) lastFirst.set(picked.id, Date.now());
        return picked;
      },
    };
  },
};

const startedAt = performance.now();
const timeoutMs = Number(process.env["CALLER_TIMEOUT_MS"] ?? 5000);
const client = await connect<EchoFunctions>("echo", { balancer: recording, timeoutMs });
const connectedAfterMs = Math.round(performance.now() - startedAt);
const own = application();
let watch: DirectoryWatch | undefined;
let traffic: Traffic | undefined;

answer(
  { instance: own.instance, pid: process.pid, connectedAfterMs },
  {
    start: (order: TrafficOrder) => {
      traffic = new Traffic(client, order);
    },
    stop: () => traffic?.stop(),
    lastFirst: () => Object.fromEntries(lastFirst),
    /** The ids that the store lists. */
    directory: async () => {
      const { cluster } = own.settings.values;
      const options = { clock: systemClock, log: own.log };
      watch ??= new DirectoryWatch(await own.coordination(), cluster, "echo", () => {}, options);
      return watch.directory.instances.map(({ id }) => id);
    },
  },
);
