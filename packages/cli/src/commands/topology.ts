import { whenAborted } from "@skylark/core/internal";
import type { Command } from "commander";
import type { CommandContext } from "../context.js";
import { exitCodes } from "../failure.js";
import { jsonLine } from "../output/json.js";
import { Screen } from "../output/screen.js";
import type { Sky } from "../sky.js";
import type { View } from "../system/live-system.js";
import { type Topology, topologyOf } from "../topology/topology.js";
import { topologyText } from "../topology/topology-text.js";
import { topologyTrees } from "../topology/topology-tree.js";
import { noneFits } from "./none-fits.js";

interface TopologyOptions {
  readonly follow?: boolean;
}

export function topology(sky: Sky): Command {
  return sky.command<TopologyOptions>(
    {
      usage: "topology",
      summary: "Show who requires whom, as a tree from those that nobody requires",
      examples: [
        ["sky topology", "services, their instances, and the processes that call them"],
        ["sky topology -f", "drawn again at each change, until Ctrl-C"],
        ["sky topology --json | jq '.nodes[] | select(.missing) | .name'", "what is required, and not there"],
      ],
      options: (command) => command.option("-f, --follow", "go on, and show each change"),
    },
    async (context, _args, { follow }) => {
      const system = await context.system();
      if (follow) {
        await followed(context);
        return undefined;
      }
      const graph = graphOf(await system.view());
      if (graph.nodes.length === 0) noneFits(context, "service", {});
      if (graph.nodes.length > 0 || context.json) {
        context.print({ cluster: system.cluster, ...graph }, () => textOf(graph, context));
      }
      return graph.nodes.length === 0 ? exitCodes.nothingFound : exitCodes.ok;
    },
  );
}

function graphOf({ instances, consumers }: View): Topology {
  return topologyOf(instances, consumers);
}

function textOf(graph: Topology, { terminal }: CommandContext): string {
  return topologyText(topologyTrees(graph), terminal.colours);
}

async function followed(context: CommandContext): Promise<void> {
  const { terminal, json } = context;
  const system = await context.system();
  using screen = new Screen(terminal);
  let last: string | undefined;
  system.follow((view) => {
    const graph = graphOf(view);
    const at = new Date();
    if (json) return terminal.out(jsonLine({ at: at.toISOString(), cluster: system.cluster, ...graph }));
    const text = textOf(graph, context);
    if (text !== last) screen.show(text === "" ? "nothing is registered\n" : text, at);
    last = text;
  }, screen.ended);
  system.onTouch((inTouch) => screen.note(inTouch ? "" : "the store cannot be reached; waiting for it"));
  await whenAborted(screen.ended);
}
