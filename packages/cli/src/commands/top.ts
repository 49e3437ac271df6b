import { systemClock } from "@skylark/core/internal";
import { type Command, Option } from "commander";
import type { CommandContext } from "../context.js";
import { type ExitCode, exitCodes } from "../failure.js";
import { durationMs } from "../options/global-options.js";
import { jsonLine } from "../output/json.js";
import { Screen } from "../output/screen.js";
import type { Sky } from "../sky.js";
import type { ListedInstance } from "../system/listed-instance.js";
import type { LiveSystem } from "../system/live-system.js";
import { Sampler } from "../top/sampler.js";
import { type SortOrder, sortedRows, sortOrders, type TopRow, topRows } from "../top/top-row.js";
import { topColumns, topLines } from "../top/top-table.js";
import { noneFits } from "./none-fits.js";

interface TopOptions {
  readonly service?: string;
  readonly interval: number;
  readonly methods?: boolean;
  readonly once?: boolean;
  readonly sort: SortOrder;
}

export function top(sky: Sky): Command {
  return sky.command<TopOptions>(
    {
      usage: "top",
      summary: "Show what is busy: calls, errors and durations of each service, again and again",
      examples: [
        ["sky top", "all services, until q or Ctrl-C"],
        ["sky top --service grading --methods", "one service, method by method"],
        ["sky top --sort p99 --interval 5s", "the slowest first, over five seconds each time"],
        ["sky top --once --json | jq '.services[].callsPerSecond'", "one interval, for a script"],
      ],
      options: addTopOptions,
    },
    async (context, _args, options) => {
      const system = await context.system();
      const sampler = samplerOf(system, options);
      try {
        return options.once
          ? await once(context, system, sampler, options)
          : await live(context, system, sampler, options);
      } finally {
        sampler.close();
      }
    },
  );
}

function addTopOptions(command: Command): Command {
  return command
    .option("--service <name>", "only this service")
    .addOption(
      new Option("--interval <time>", "how long each look lasts, such as 500ms or 5s")
        .default(1000, "1s")
        .argParser(durationMs),
    )
    .option("--methods", "each method in a line of its own")
    .option("--once", "one interval, and no more")
    .addOption(new Option("--sort <figure>", "what comes first").choices(sortOrders).default("calls"));
}

/** Half an interval is left for answers: who takes longer is silent. */
function samplerOf(system: LiveSystem, { interval }: TopOptions): Sampler {
  const patienceMs = Math.min(patienceMostMs, interval / 2);
  return new Sampler({ clock: systemClock, open: (instance) => system.asker(instance), patienceMs });
}

const patienceMostMs = 2000;

async function once(
  context: CommandContext,
  system: LiveSystem,
  sampler: Sampler,
  options: TopOptions,
): Promise<ExitCode> {
  const interrupted = context.terminal.interruption();
  await sampler.look(await instancesOf(system, options));
  await pause(options.interval, interrupted);
  const instances = await instancesOf(system, options);
  if (instances.length === 0) noneFits(context, "service", filterOf(options));
  const rows = sortedRows(topRows(await sampler.look(instances)), options.sort);
  if (instances.length > 0 || context.json) context.terminal.out(textOf(context, system, rows, options));
  return instances.length === 0 ? exitCodes.nothingFound : exitCodes.ok;
}

/** A look at the beginning of each interval; what is shown happened in the one before. */
async function live(
  context: CommandContext,
  system: LiveSystem,
  sampler: Sampler,
  options: TopOptions,
): Promise<ExitCode> {
  using screen = new Screen(context.terminal);
  let instances: readonly ListedInstance[] = await instancesOf(system, options);
  system.watch(filterOf(options), (all) => (instances = all), screen.ended);
  system.onTouch((inTouch) => screen.note(inTouch ? "" : "the store cannot be reached: nobody new is seen"));
  for (let look = 0, due = systemClock.now(); !screen.ended.aborted; look++) {
    const view = await sampler.look(instances);
    const rows = sortedRows(topRows(view), options.sort);
    if (look === 0 && !context.json) screen.show("looking …\n", new Date());
    else if (look > 0) show(context, screen, textOf(context, system, rows, options));
    due = Math.max(due + options.interval, systemClock.now());
    await pause(due - systemClock.now(), screen.ended);
  }
  return exitCodes.ok;
}

function show({ json, terminal }: CommandContext, screen: Screen, text: string): void {
  if (json) terminal.out(text);
  else screen.show(text, new Date());
}

function textOf(
  context: CommandContext,
  { cluster }: LiveSystem,
  rows: readonly TopRow[],
  options: TopOptions,
): string {
  const { json, terminal } = context;
  if (json) return jsonLine({ at: new Date().toISOString(), cluster, intervalMs: options.interval, services: rows });
  const lines = topLines(rows, options.methods ? "methods" : "services");
  return lines.length === 0 ? "nothing is registered\n" : context.table(lines, topColumns(terminal.colours));
}

async function instancesOf(system: LiveSystem, options: TopOptions): Promise<readonly ListedInstance[]> {
  return (await system.view(filterOf(options))).instances;
}

function filterOf({ service }: TopOptions): { readonly service?: string } {
  return service === undefined ? {} : { service };
}

function pause(ms: number, interrupted: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (interrupted.aborted) return resolve();
    const wake = (): void => {
      timer.cancel();
      interrupted.removeEventListener("abort", wake);
      resolve();
    };
    const timer = systemClock.after(ms, wake, true);
    interrupted.addEventListener("abort", wake, { once: true });
  });
}
