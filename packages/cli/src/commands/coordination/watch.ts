import type { Change, Entry, WatchEvent } from "@skylark/coordination";
import type { Command } from "commander";
import type { CommandContext } from "../../context.js";
import { jsonLine } from "../../output/json.js";
import type { Sky } from "../../sky.js";
import { entryShape } from "../../store/entry-shape.js";
import { endOf, forOption } from "../for-option.js";

interface WatchOptions {
  readonly for?: number;
}

export function watch(sky: Sky): Command {
  return sky.command<WatchOptions>(
    {
      usage: "watch <path>",
      summary: "Print what stands at and below a path, then every change of it",
      examples: [
        ["sky coordination watch /skylark/default", "until Ctrl-C"],
        ["sky coordination watch /apps --for 1m --json", "for a minute; a line of JSON for each event"],
      ],
      options: (command) => command.addOption(forOption()),
    },
    async (context, [path = ""], { for: forMs }) => {
      const store = await context.store();
      const ended = endOf(context.terminal, forMs);
      const watching = store.watch(path, (event) => tell(context, event));
      await new Promise<void>((resolve) => {
        ended.addEventListener("abort", () => resolve(), { once: true });
        if (ended.aborted) resolve();
      });
      watching.close();
      return undefined;
    },
  );
}

function tell({ terminal, json }: CommandContext, event: WatchEvent): void {
  const at = new Date().toISOString();
  if (json) return terminal.out(jsonLine({ at, ...shapeOf(event) }));
  if (event.kind === "snapshot") {
    terminal.out(`${at} ${event.resync ? "all of it again" : "all of it"}: ${event.entries.length} entries\n`);
    for (const entry of event.entries) terminal.out(`  ${entry.key} ${JSON.stringify(entry.value)}\n`);
    return;
  }
  for (const change of event.changes) terminal.out(`${at} ${changeLine(change)}\n`);
}

function shapeOf(event: WatchEvent): object {
  if (event.kind === "snapshot") {
    const { kind, resync, entries } = event;
    return { kind, resync, entries: entries.map((entry: Entry) => entryShape(entry)) };
  }
  const changes = event.changes.map((change) =>
    change.kind === "put" ? { kind: change.kind, entry: entryShape(change.entry) } : change,
  );
  return { kind: event.kind, changes };
}

function changeLine(change: Change): string {
  return change.kind === "put"
    ? `put ${change.entry.key} ${JSON.stringify(change.entry.value)}`
    : `deleted ${change.key}`;
}
