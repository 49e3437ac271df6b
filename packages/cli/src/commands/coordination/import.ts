import { readFileSync } from "node:fs";
import type { Coordination } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import type { Command } from "commander";
import type { CommandContext } from "../../context.js";
import { exitCodes, UsageError } from "../../failure.js";
import type { Sky } from "../../sky.js";
import { snapshotOf, unknownOutcome } from "../../store/entry-shape.js";
import { readExport } from "../../store/export-file.js";
import { type ImportPlan, importPlan } from "../../store/import-plan.js";

interface ImportOptions {
  readonly dryRun?: boolean;
  readonly overwrite?: boolean;
}

export function importStore(sky: Sky): Command {
  return sky.command<ImportOptions>(
    {
      usage: "import <file>",
      summary: "Write the entries of an export into a store; what is there already stays",
      examples: [
        ["sky coordination import system.jsonl --dry-run", "says what it would do"],
        ["sky coordination import system.jsonl --coordination etcd://10.0.0.1", "moves a system to another store"],
        ["sky coordination import system.jsonl --overwrite", "also over entries that differ"],
      ],
      options: (command) =>
        command
          .option("--dry-run", "write nothing, and say what would be written")
          .option("--overwrite", "write over entries that have another value; else any such refuses the whole"),
    },
    async (context, [path = ""], { dryRun = false, overwrite = false }) => {
      const { header, entries } = readExport(textOf(path), path);
      const store = await context.store(dryRun ? "host" : "make");
      const plan = importPlan(entries, await snapshotOf(store, header.under, context.settings.timeoutMs));
      if (plan.different.length > 0 && !overwrite) throw refused(plan);
      if (!dryRun) await write(context, store, plan);
      const { created, different, same, leftOut } = plan;
      const shape = { from: header, dryRun, created, overwritten: different.length, same, leftOut };
      context.print(shape, () => {
        const would = dryRun ? "would be " : "";
        const words = [
          `${created} ${would}created`,
          `${different.length} ${would}written over`,
          `${same} are the same`,
        ];
        return `${[...words, ...(leftOut > 0 ? [`${leftOut} ephemeral ones left out`] : [])].join(", ")}\n`;
      });
      return exitCodes.ok;
    },
  );
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    throw new UsageError(`${path} cannot be read: ${SkylarkError.from(thrown).message}`);
  }
}

/** How many keys an error names. */
const namedKeys = 5;

function refused({ different }: ImportPlan): SkylarkError {
  const named = different.slice(0, namedKeys).join(", ");
  const more = different.length > namedKeys ? ` and ${different.length - namedKeys} more` : "";
  const message = `${different.length} entries are there with another value: ${named}${more}. Nothing was written; --overwrite would`;
  return new SkylarkError("already_exists", message, { notExecuted: true, details: { keys: different } });
}

/** After so many batches, how far it is. */
const batchesPerRemark = 16;

async function write(context: CommandContext, store: Coordination, { batches }: ImportPlan): Promise<void> {
  for (const [index, batch] of batches.entries()) {
    try {
      await store.multi(batch, context.patience);
    } catch (thrown) {
      const error = SkylarkError.from(thrown);
      const last = unknownOutcome(error) ? "the last one perhaps" : "the last one not";
      const message = `${error.message}: ${index} of ${batches.length} batches are written, ${last}. Import again: what is there stays`;
      throw new SkylarkError(error.code, message, { reason: error.reason, cause: error });
    }
    if ((index + 1) % batchesPerRemark === 0) context.remark(`${index + 1} of ${batches.length} batches written`);
  }
}
