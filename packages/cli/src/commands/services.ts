import type { Command } from "commander";
import { exitCodes } from "../failure.js";
import { addFilters, type FilterOptions } from "../options/filters.js";
import type { Column } from "../output/table.js";
import type { Terminal } from "../output/terminal.js";
import type { Sky } from "../sky.js";
import { type ListedService, listedServices } from "../system/listed-service.js";
import { noneFits } from "./none-fits.js";

export function services(sky: Sky): Command {
  return sky.command<FilterOptions>(
    {
      usage: "services",
      summary: "List the services, how many instances each has, and who uses them",
      examples: [
        ["sky services", "all of them"],
        ["sky services --region eu", "those that have instances in one region"],
        ["sky services --json", "for a script"],
      ],
      options: addFilters,
    },
    async (context, _args, options) => {
      const system = await context.system();
      const { instances, consumers } = await system.view(options);
      const listed = listedServices(instances, consumers);
      if (listed.length === 0) noneFits(context, "service", options);
      if (listed.length > 0 || context.json) {
        context.print({ cluster: system.cluster, services: listed }, () =>
          context.table(listed, serviceColumns(context.terminal)),
        );
      }
      return listed.length === 0 ? exitCodes.nothingFound : exitCodes.ok;
    },
  );
}

function serviceColumns({ colours }: Pick<Terminal, "colours">): readonly Column<ListedService>[] {
  return [
    { head: "service", text: ({ name }) => name, paint: colours.bold },
    { head: "versions", text: ({ versions }) => versions.join(", ") },
    {
      head: "instances",
      text: ({ instances, inRotation }) =>
        instances === inRotation ? String(instances) : `${instances}, ${inRotation} in rotation`,
      paint: (text, { inRotation }) => (inRotation === 0 ? colours.yellow(text) : text),
    },
    { head: "protocol", text: ({ protocols }) => protocols.join(", ") },
    { head: "url", minor: true, text: ({ urls }) => urls.join(", ") },
    { head: "regions", minor: true, text: ({ regions }) => regions.join(", ") },
    { head: "hosts", minor: true, text: ({ hosts }) => hosts.join(", ") },
    { head: "used by", text: ({ consumers }) => [...new Set(consumers.map(({ name }) => name))].join(", ") },
  ];
}
