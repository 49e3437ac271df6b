import type { Command } from "commander";
import type { Sky } from "../sky.js";
import { namedNativeInstance } from "../system/instance-reference.js";

interface SettingRow {
  readonly name: string;
  readonly value: unknown;
  readonly from: string;
  readonly where: string;
}

export function config(sky: Sky): Command {
  return sky.command(
    {
      usage: "config <instance>",
      summary: "Show the settings of an instance, and where each came from",
      examples: [
        ["sky config k3f9", "by the beginning of its id"],
        ["sky config 127.0.0.1:4000 --json | jq .settings.port", "one setting, for a script"],
      ],
    },
    async (context, [reference = ""]) => {
      const system = await context.system();
      const { instances } = await system.view();
      const named = namedNativeInstance(reference, instances);
      const settings = await system.instance(named).settings();
      const rows = Object.entries(settings).map(([name, { value, from, where }]): SettingRow => {
        return { name, value: value ?? null, from, where };
      });
      const shape = Object.fromEntries(rows.map(({ name, ...origin }) => [name, origin]));
      const { bold, dim, cyan } = context.terminal.colours;
      context.print({ instance: named.id, settings: shape }, () =>
        context.table(rows, [
          { head: "setting", text: ({ name }) => name, paint: bold },
          { head: "value", text: ({ value }) => valueWords(value) },
          {
            head: "from",
            text: ({ from }) => from,
            paint: (text, { from }) => (from === "default" ? dim : cyan)(text),
          },
          { head: "where", text: ({ from, where }) => (where === from ? "" : where) },
        ]),
      );
      return undefined;
    },
  );
}

function valueWords(value: unknown): string {
  if (value === null) return "none";
  if (Array.isArray(value)) return value.length === 0 ? "empty" : value.join(", ");
  return value === "" ? "empty" : typeof value === "string" ? value : JSON.stringify(value);
}
