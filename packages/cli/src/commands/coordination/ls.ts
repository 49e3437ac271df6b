import type { Entry } from "@skylark/coordination";
import type { Command } from "commander";
import type { CommandContext } from "../../context.js";
import { type ExitCode, exitCodes } from "../../failure.js";
import type { Sky } from "../../sky.js";
import { type EntryShape, entryShape, snapshotOf } from "../../store/entry-shape.js";

interface LsOptions {
  readonly recursive?: boolean;
}

/** A name below a path; `entry` is null where it only leads on. */
interface ListedName {
  readonly name: string;
  readonly entry: EntryShape | null;
}

export function ls(sky: Sky): Command {
  return sky.command<LsOptions>(
    {
      usage: "ls [path]",
      summary: "List what stands below a path: /, unless one is named",
      examples: [
        ["sky coordination ls /skylark/default/services", "the names of services"],
        ["sky coordination ls -r /skylark/default", "every entry at and below a path, as of one instant"],
        ["sky coordination ls -r --json | jq '.entries[].key'", "for a script"],
      ],
      options: (command) => command.option("-r, --recursive", "every entry at and below it"),
    },
    async (context, [path = "/"], { recursive }) => (recursive ? listEntries(context, path) : listNames(context, path)),
  );
}

async function listNames(context: CommandContext, path: string): Promise<ExitCode> {
  const store = await context.store();
  const options = { ...context.patience, fresh: true };
  const [names, entries] = await Promise.all([store.children(path, options), store.list(path, options)]);
  const byName = new Map(entries.map((entry) => [entry.key.slice(entry.key.lastIndexOf("/") + 1), entry]));
  const listed = names.map((name): ListedName => {
    const entry = byName.get(name);
    return { name, entry: entry ? entryShape(entry) : null };
  });
  context.print({ path, names: listed }, () =>
    listed.length === 0
      ? ""
      : context.table(listed, [
          { head: "name", text: ({ name }) => name },
          { head: "kind", text: ({ entry }) => (entry ? kindOf(entry) : "path") },
          { head: "value", text: ({ entry }) => (entry ? valueText(entry) : "") },
        ]),
  );
  if (listed.length === 0) context.remark(`nothing stands below ${path}`);
  return listed.length === 0 ? exitCodes.nothingFound : exitCodes.ok;
}

async function listEntries(context: CommandContext, path: string): Promise<ExitCode> {
  const entries = await snapshotOf(await context.store(), path, context.settings.timeoutMs);
  context.print({ path, entries: entries.map(entryShape) }, () =>
    entries.length === 0 ? "" : context.table(entries.map(entryShape), entryColumns),
  );
  if (entries.length === 0) context.remark(`nothing stands at or below ${path}`);
  return entries.length === 0 ? exitCodes.nothingFound : exitCodes.ok;
}

const entryColumns = [
  { head: "key", text: ({ key }: EntryShape) => key },
  { head: "kind", text: kindOf },
  { head: "value", minor: true, text: valueText },
] as const;

function kindOf({ owner }: Pick<EntryShape, "owner">): string {
  return owner === null ? "lasting" : "ephemeral";
}

/** Letters of a value that a table shows. */
const valueLettersMax = 60;

function valueText({ value }: Pick<Entry, "value">): string {
  const text = JSON.stringify(value);
  return text.length <= valueLettersMax ? text : `${text.slice(0, valueLettersMax - 1)}…`;
}
