import { systemClock } from "@skylark/core/internal";
import type { Command } from "commander";
import type { Sky } from "../../sky.js";

export function sync(sky: Sky): Command {
  return sky.command(
    {
      usage: "sync",
      summary: "Wait until the member of the store that is asked has caught up with all that was written before",
      examples: [["sky coordination sync && ./compare-members.sh", "what is read afterwards is no older than this"]],
    },
    async (context) => {
      const store = await context.store();
      const before = systemClock.now();
      await store.get("/skylark", { ...context.patience, fresh: true });
      const ms = Math.round((systemClock.now() - before) * 10) / 10;
      context.print({ ms }, () => `in step, after ${ms} ms\n`);
      return undefined;
    },
  );
}
