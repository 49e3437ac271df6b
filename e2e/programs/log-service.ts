import { parseArgs } from "node:util";
import { openLogs } from "@skylark/logs";
import { application } from "skylark";
import { answer } from "./side.js";

/** A log service, and what it costs. */

const { values: args } = parseArgs({ options: { folder: { type: "string", default: "" } } });

const logs = await openLogs({ application: application({ name: "log" }), folder: args.folder });

answer(
  { address: logs.address },
  {
    lines: () => logs.lines,
    residentMiB: () => Math.round(process.memoryUsage().rss / 1024 / 1024),
  },
);
