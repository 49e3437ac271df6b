import type { Coordination } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import type { Command } from "commander";
import type { CommandContext } from "../../context.js";
import type { Sky } from "../../sky.js";
import { entryShape, jsonValue } from "../../store/entry-shape.js";

interface CreateOptions {
  readonly ephemeral?: boolean;
}

export function create(sky: Sky): Command {
  return sky.command<CreateOptions>(
    {
      usage: "create <path> <value>",
      summary: "Write an entry where there is none yet",
      examples: [
        ["sky coordination create /apps/gradebook/title '\"Grades\"'", "a lasting one"],
        [
          "sky coordination create /apps/maintenance true --ephemeral",
          "there until Ctrl-C, or the end of this process",
        ],
      ],
      options: (command) => command.option("--ephemeral", "keep it for as long as this runs: until Ctrl-C"),
    },
    async (context, [path = "", text = ""], { ephemeral = false }) => {
      const value = jsonValue(text);
      const store = await context.store();
      const entry = await store.create(path, value, { ...context.patience, ephemeral });
      context.print(entryShape(entry), () => `${entry.key} is at revision ${entry.revision}\n`);
      if (ephemeral) await held(context, store, entry.key);
      return undefined;
    },
  );
}

/** Until Ctrl-C. Fails where the session, and with it the entry, is lost before. */
async function held({ terminal }: CommandContext, store: Coordination, key: string): Promise<void> {
  const interrupted = terminal.interruption();
  await new Promise<void>((resolve, reject) => {
    interrupted.addEventListener("abort", () => resolve(), { once: true });
    if (interrupted.aborted) resolve();
    store.onSession(({ kind }) => {
      if (kind === "expired") reject(lost(key));
    });
  });
}

function lost(key: string): SkylarkError {
  const message = `the session of this command was lost, and ${key} went with it`;
  return new SkylarkError("aborted", message, { reason: "SESSION_EXPIRED" });
}
