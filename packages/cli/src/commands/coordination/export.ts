import type { Command } from "commander";
import type { CommandContext } from "../../context.js";
import { exitCodes } from "../../failure.js";
import { jsonLine } from "../../output/json.js";
import type { Sky } from "../../sky.js";
import { snapshotOf } from "../../store/entry-shape.js";
import { type ExportedEntry, exportedEntry, exportHeader } from "../../store/export-file.js";

interface ExportOptions {
  readonly under: string;
  readonly ephemeral?: boolean;
}

export function exportStore(sky: Sky): Command {
  return sky.command<ExportOptions>(
    {
      usage: "export",
      summary: "Print all lasting entries, a line of JSON for each, as of one instant",
      examples: [
        ["sky coordination export > system.jsonl", "everything, to be imported into another store"],
        ["sky coordination export --under /skylark/test", "one cluster"],
      ],
      options: (command) =>
        command
          .option("--under <path>", "only what stands at and below it", "/")
          .option("--ephemeral", "entries that go with a session as well; an import leaves them out"),
    },
    async (context, _, { under, ephemeral = false }) => {
      const store = await context.store();
      const { engine } = await store.status(context.patience);
      const all = await snapshotOf(store, under, context.settings.timeoutMs);
      const entries = all.filter(({ owner }) => ephemeral || owner === undefined).map(exportedEntry);
      const at = new Date().toISOString();
      await print(context, [exportHeader({ engine, at, under, entries: entries.length }), ...entries]);
      const leftOut = all.length - entries.length;
      context.remark(`${entries.length} entries exported${leftOut > 0 ? `; ${leftOut} ephemeral ones left out` : ""}`);
      return exitCodes.ok;
    },
  );
}

async function print({ terminal }: CommandContext, lines: readonly (object | ExportedEntry)[]): Promise<void> {
  const never = new AbortController().signal;
  for (const line of lines) {
    terminal.out(jsonLine(line));
    await terminal.caughtUp(never);
  }
}
