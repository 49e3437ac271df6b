import { whenAborted } from "@skylark/core/internal";
import type { Command } from "commander";
import type { CommandContext } from "../context.js";
import { addFilters, type FilterOptions, withService } from "../options/filters.js";
import { changeText } from "../output/change-text.js";
import { jsonLine } from "../output/json.js";
import type { Sky } from "../sky.js";
import { changesBetween, type InstanceChange } from "../system/changes.js";
import type { ListedInstance } from "../system/listed-instance.js";
import { endOf, forOption } from "./for-option.js";

interface WatchOptions extends FilterOptions {
  readonly for?: number;
}

export function watch(sky: Sky): Command {
  return sky.command<WatchOptions>(
    {
      usage: "watch [service]",
      summary: "Print changes as they happen: who joins, leaves, goes in and out of rotation",
      examples: [
        ["sky watch", "all services, until Ctrl-C"],
        ["sky watch grading --for 1m", "one service, for a minute"],
        ["sky watch --json | jq 'select(.kind == \"left\")'", "for a script: a line of JSON for each change"],
      ],
      options: (command) => addFilters(command).addOption(forOption()),
    },
    async (context, [service], { for: forMs, ...given }) => {
      const options = withService(given, service);
      const system = await context.system();
      const ended = endOf(context.terminal, forMs);
      const tell = teller(context);
      let known: readonly ListedInstance[] | undefined;
      const told = (instances: readonly ListedInstance[]): void => {
        if (known === undefined) tell({ kind: "watching", instances });
        else for (const change of changesBetween(known, instances)) tell(change);
        known = instances;
      };
      system.watch(options, told, ended);
      system.onTouch((inTouch) => tell({ kind: inTouch ? "storeBack" : "storeAway" }));
      await whenAborted(ended);
      return undefined;
    },
  );
}

type Event =
  | InstanceChange
  | { readonly kind: "watching"; readonly instances: readonly ListedInstance[] }
  /** Until the store is back, nothing is told; then what happened meanwhile is, at once. */
  | { readonly kind: "storeAway" }
  | { readonly kind: "storeBack" };

function teller(context: CommandContext): (event: Event) => void {
  const { terminal, json } = context;
  return (event) => {
    const at = new Date();
    if (json) return terminal.out(jsonLine({ at: at.toISOString(), ...event }));
    if (event.kind === "watching") {
      const count = event.instances.length;
      context.remark(`watching ${count} ${count === 1 ? "instance" : "instances"}; Ctrl-C ends it`);
    } else if (event.kind === "storeAway") context.remark("the store cannot be reached; waiting for it");
    else if (event.kind === "storeBack") context.remark("the store is back");
    else terminal.out(changeText(event, at, terminal.colours));
  };
}
