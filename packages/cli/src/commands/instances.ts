import type { Command } from "commander";
import { exitCodes } from "../failure.js";
import { addFilters, type FilterOptions, withService } from "../options/filters.js";
import { paintState, stateWords } from "../output/state-words.js";
import type { Column } from "../output/table.js";
import type { Terminal } from "../output/terminal.js";
import type { Sky } from "../sky.js";
import { type ListedInstance, markWords, placeOf } from "../system/listed-instance.js";
import { noneFits } from "./none-fits.js";

export function instances(sky: Sky): Command {
  return sky.command<FilterOptions>(
    {
      usage: "instances [service]",
      summary: "List the instances, where each listens, and whether it is in rotation",
      examples: [
        ["sky instances", "all of them"],
        ["sky instances grading --version ^1.2", "of one service, in some versions"],
        ["sky instances --host mars --tag gpu", "on one host, with a tag"],
        ["sky instances --json | jq -r '.instances[].address'", "for a script"],
      ],
      options: addFilters,
    },
    async (context, [service], given) => {
      const options = withService(given, service);
      const system = await context.system();
      const { instances: listed } = await system.view(options);
      if (listed.length === 0) noneFits(context, "instance", options);
      if (listed.length > 0 || context.json) {
        context.print({ cluster: system.cluster, instances: listed }, () =>
          context.table(listed, instanceColumns(context.terminal)),
        );
      }
      return listed.length === 0 ? exitCodes.nothingFound : exitCodes.ok;
    },
  );
}

function instanceColumns({ colours }: Pick<Terminal, "colours">): readonly Column<ListedInstance>[] {
  return [
    { head: "instance", text: ({ id }) => id, paint: colours.bold },
    { head: "service", text: ({ service }) => service },
    { head: "version", text: ({ version }) => version },
    { head: "address", text: placeOf },
    { head: "protocol", text: ({ protocol }) => protocol },
    {
      head: "state",
      text: ({ state }) => stateWords[state],
      paint: (text, { state }) => paintState(text, state, colours),
    },
    { head: "why", text: markWords },
    { head: "region", text: ({ region }) => region },
    { head: "url", minor: true, text: ({ url }) => url ?? "" },
    { head: "zone", minor: true, text: ({ zone }) => zone },
    { head: "host", minor: true, text: ({ host }) => host },
    { head: "weight", minor: true, text: ({ weight }) => String(weight) },
    { head: "tags", minor: true, text: ({ tags }) => tags.join(", ") },
    { head: "pid", minor: true, text: ({ pid }) => String(pid) },
  ];
}
