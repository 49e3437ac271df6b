import { repairCoordination } from "@skylark/coordination/internal";
import { Command } from "commander";
import { UsageError } from "../failure.js";
import { addGlobalOptions } from "../options/global-options.js";
import { examplesText, type Sky } from "../sky.js";

/** What concerns the store itself. */
export function coordination(sky: Sky): Command {
  const summary = "Look after the store in which services are registered";
  return addGlobalOptions(new Command("coordination"))
    .summary(summary)
    .description(`${summary}.`)
    .addHelpText("after", examplesText(repairExamples))
    .addCommand(repair(sky));
}

const repairExamples = [
  ["sky coordination repair", "once a start was refused because the stored data is damaged"],
  ["sky coordination repair --home /var/lib/skylark", "the store in another folder"],
] as const;

function repair(sky: Sky): Command {
  return sky.command(
    {
      usage: "repair",
      summary: "Make a damaged embedded store start again, keeping what precedes the damage",
      examples: repairExamples,
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
