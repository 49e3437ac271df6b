import { parseArgs } from "node:util";
import { openRegistry } from "@skylark/registry";
import { application } from "skylark";
import { answer } from "./side.js";

/** A registry, and nothing else, on the port that `SKYLARK_PORT` names. */
const { values: args } = parseArgs({ options: { patience: { type: "string" } } });
// `--patience`: the time for one heartbeat, where those who are asked must not be marked down for standing still
const heartbeat = args.patience === undefined ? undefined : { timeoutMs: Number(args.patience) };
const registry = await openRegistry({ application: application(), heartbeat });

answer(
  { url: application().url, pid: process.pid },
  {
    participants: () => registry.participants(),
    /** What this process has cost so far. */
    usage: () => ({ ...process.cpuUsage(), rssBytes: process.memoryUsage.rss() }),
  },
);
