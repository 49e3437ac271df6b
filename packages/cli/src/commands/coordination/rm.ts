import type { Coordination } from "@skylark/coordination";
import { coordinationLimits } from "@skylark/coordination";
import type { Command } from "commander";
import type { CommandContext } from "../../context.js";
import { type ExitCode, exitCodes, NothingFound, UsageError } from "../../failure.js";
import type { Sky } from "../../sky.js";
import { revisionOf, snapshotOf } from "../../store/entry-shape.js";
import { revisionOption } from "./set.js";

interface RmOptions {
  readonly revision?: string;
  readonly recursive?: boolean;
  readonly yes?: boolean;
}

export function rm(sky: Sky): Command {
  return sky.command<RmOptions>(
    {
      usage: "rm <path>",
      summary: "Delete an entry; with -r, all below it as well",
      examples: [
        ["sky coordination rm /apps/limit --revision 3.k3f9", "only if nobody has written it since"],
        ["sky coordination rm -r /apps/old", "says what would go, and asks"],
        ["sky coordination rm -r /apps/old --yes", "for a script: does not ask"],
      ],
      options: (command) =>
        revisionOption(command).option("-r, --recursive", "every entry at and below it").option("--yes", "do not ask"),
    },
    async (context, [path = ""], { recursive, ...options }) => {
      if (recursive && options.revision !== undefined)
        throw new UsageError("--revision is of one entry: it does not go with --recursive");
      return recursive ? removeAll(context, path, options) : removeOne(context, path, options);
    },
  );
}

async function removeOne(context: CommandContext, path: string, { revision }: RmOptions): Promise<undefined> {
  const store = await context.store();
  const options = { ...context.patience, ...(revision !== undefined && { revision: revisionOf(revision) }) };
  if (!(await store.delete(path, options))) throw new NothingFound(`there is no entry at ${path}`);
  context.print({ deleted: [path] }, () => `deleted ${path}\n`);
  return undefined;
}

async function removeAll(context: CommandContext, path: string, { yes }: RmOptions): Promise<ExitCode> {
  const store = await context.store();
  const entries = await snapshotOf(store, path, context.settings.timeoutMs);
  if (entries.length === 0) throw new NothingFound(`nothing stands at or below ${path}`);
  const keys = entries.map(({ key }) => key);
  if (!yes && !(await isMeant(context, path, keys))) {
    context.print({ deleted: [] }, () => "nothing was deleted\n");
    return exitCodes.failed;
  }
  await deleteAll(store, keys, context.patience);
  context.print({ deleted: keys }, () => `deleted ${keys.length} entries at and below ${path}\n`);
  return exitCodes.ok;
}

/** How many keys are named before a person is asked. */
const namedKeys = 5;

async function isMeant({ terminal }: CommandContext, path: string, keys: readonly string[]): Promise<boolean> {
  const more = keys.length > namedKeys ? `\n  and ${keys.length - namedKeys} more` : "";
  const named = keys.slice(0, namedKeys).map((key) => `\n  ${key}`);
  const question = `${keys.length} entries stand at and below ${path}:${named.join("")}${more}\nDelete them? [y/N] `;
  const answer = await terminal.ask(question);
  if (answer === undefined) throw new UsageError(`nobody is there to ask: ${keys.length} entries would go; say --yes`);
  return /^y(es)?$/i.test(answer.trim());
}

async function deleteAll(store: Coordination, keys: readonly string[], patience: { timeoutMs: number }): Promise<void> {
  const { operationsMax } = coordinationLimits;
  for (let from = 0; from < keys.length; from += operationsMax) {
    const batch = keys.slice(from, from + operationsMax).map((key) => ({ kind: "delete" as const, key }));
    await store.multi(batch, patience);
  }
}
