import type { Command } from "commander";
import { NothingFound } from "../../failure.js";
import { jsonText } from "../../output/json.js";
import type { Sky } from "../../sky.js";
import { entryShape } from "../../store/entry-shape.js";

export function get(sky: Sky): Command {
  return sky.command(
    {
      usage: "get <path>",
      summary: "Print the value of an entry, as it is now",
      examples: [
        ["sky coordination get /apps/gradebook/title", "its value, as JSON"],
        ["sky coordination get /apps/gradebook/title --json", "with its revision, and the session that it goes with"],
      ],
    },
    async (context, [path = ""]) => {
      const store = await context.store();
      const entry = await store.get(path, { ...context.patience, fresh: true });
      if (!entry) throw new NothingFound(`there is no entry at ${path}`);
      const shape = entryShape(entry);
      context.print(shape, () => jsonText(entry.value));
      context.remark(`revision ${shape.revision}${shape.owner === null ? "" : `, goes with session ${shape.owner}`}`);
      return undefined;
    },
  );
}
