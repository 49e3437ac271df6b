import { openRegistry } from "@skylark/registry";
import { application } from "skylark";
import { answer } from "./side.js";

/** A registry, and nothing else, on the port that `SKYLARK_PORT` names. */
const registry = await openRegistry({ application: application() });

answer(
  { url: application().url, pid: process.pid },
  {
    participants: () => registry.participants(),
    /** What this process has cost so far. */
    usage: () => ({ ...process.cpuUsage(), rssBytes: process.memoryUsage.rss() }),
  },
);
