import { repairCoordination } from "@skylark/coordination/internal";
import type { Command } from "commander";
import { UsageError } from "../../failure.js";
import type { Sky } from "../../sky.js";

export function repair(sky: Sky): Command {
  return sky.command(
    {
      usage: "repair",
      summary: "Make a damaged embedded store start again, keeping what precedes the damage",
      examples: [
        ["sky coordination repair", "once a start was refused because the stored data is damaged"],
        ["sky coordination repair --home /var/lib/skylark", "the store in another folder"],
      ],
    },
    async (context) => {
      const { coordination: url } = context.settings;
      if (url !== "embedded") throw new UsageError(`${url} is not ours to repair: only the embedded store is`);
      const report = repairCoordination(context.settings.home);
      context.print(report, () => {
        if (report.kind === "sound") return "nothing is wrong with the store; nothing was changed\n";
        const { damage, entriesKept, movedAside } = report;
        const aside = movedAside.map((path) => `  ${path}\n`).join("");
        return `repaired: ${entriesKept} entries are kept\nwhat was wrong: ${damage}\nmoved aside:\n${aside}`;
      });
      return undefined;
    },
  );
}
