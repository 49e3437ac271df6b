import type { Command } from "commander";
import type { Sky } from "../../sky.js";
import { entryShape, jsonValue, revisionOf } from "../../store/entry-shape.js";

interface SetOptions {
  readonly revision?: string;
}

export function set(sky: Sky): Command {
  return sky.command<SetOptions>(
    {
      usage: "set <path> <value>",
      summary: "Write an entry, whether or not there is one",
      examples: [
        ["sky coordination set /apps/gradebook/title '\"Grades\"'", "the value is JSON"],
        ["sky coordination set /apps/limit 20 --revision 3.k3f9", "only if nobody has written it since"],
      ],
      options: revisionOption,
    },
    async (context, [path = "", text = ""], { revision }) => {
      const value = jsonValue(text);
      const store = await context.store();
      const options = { ...context.patience, ...(revision !== undefined && { revision: revisionOf(revision) }) };
      const entry = await store.put(path, value, options);
      context.print(entryShape(entry), () => `${entry.key} is at revision ${entry.revision}\n`);
      return undefined;
    },
  );
}

export function revisionOption(command: Command): Command {
  return command.option("--revision <revision>", "only while it still has this one, as get --json tells it");
}
