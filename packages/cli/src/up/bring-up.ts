import { type Coordination, openCoordination } from "@skylark/coordination";
import { type Log, SkylarkError } from "@skylark/core";
import { deferred, systemClock } from "@skylark/core/internal";
import type { CommandContext } from "../context.js";
import { type ExitCode, exitCodes } from "../failure.js";
import { EndingWish } from "./ending-wish.js";
import { whyMissing } from "./missing.js";
import { type Ports, withPorts } from "./placeholders.js";
import { refuseTakenPorts } from "./ports.js";
import { RunningProcess } from "./running-process.js";
import { StoreListing } from "./store-listing.js";
import type { OpenedProcess, SystemDefinition } from "./system-definition.js";
import type { ProcessPlan, SystemPlan } from "./system-plan.js";
import { SystemRun } from "./system-run.js";
import type { TellUp } from "./up-event.js";
import { upOutput } from "./up-output.js";

export interface Undertaking {
  readonly definition: SystemDefinition;
  readonly plan: SystemPlan;
  readonly ports: Ports;
}

/**
 * Runs a system until it is asked to end. The store is opened before all and closed after all: so this process hosts the
 * embedded one, unless another did already, and no part has to take it over.
 */
export async function bringUp(undertaking: Undertaking, context: CommandContext): Promise<ExitCode> {
  const { plan, definition, ports } = undertaking;
  const { terminal, json, settings } = context;
  const processes = plan.processes.map(({ name }) => name);
  const tell = upOutput({ terminal, json, system: plan.name, processes });
  const plans = startable(plan.processes, terminal.env["PATH"] ?? "", tell);
  await refuseTakenPorts(plans, ports, definition);
  const log: Log = (level, message) => tell({ kind: "log", level, message });
  const { coordination: url, home, cluster } = settings;
  const coordination = await openCoordination({ url, home, log });
  const listing = new StoreListing(coordination, cluster, log);
  const run = new SystemRun({
    plans,
    launch: (plan, passOn) => new RunningProcess(plan.launch, { ...terminal.env, ...ownStore(context) }, passOn),
    clock: systemClock,
    listing,
    tell,
    opened: (running) => linesOf(undertaking, running, home),
  });
  tell({ kind: "starting", system: plan.name, processes: plans.map(({ name }) => name) });
  const atOnce = hearEnding(context, run, tell);
  return await Promise.race([inOrder(run, listing, coordination, tell), atOnce]);
}

async function inOrder(
  run: SystemRun,
  listing: StoreListing,
  coordination: Coordination,
  tell: TellUp,
): Promise<ExitCode> {
  const exitCode = await run.run();
  listing.close();
  await coordination.close();
  tell({ kind: "ended", orderly: exitCode === exitCodes.ok });
  return exitCode;
}

/** Resolves when everything was ended at once. */
function hearEnding({ terminal }: CommandContext, run: SystemRun, tell: TellUp): Promise<ExitCode> {
  const ended = deferred<ExitCode>();
  const wish = new EndingWish(() => systemClock.now());
  terminal.onEnding((word) => {
    const wanted = wish.heard(word);
    if (wanted === "endInOrder") {
      tell({ kind: "asked", by: word });
      run.ask();
    } else if (wanted === "endAtOnce") {
      run.kill();
      ended.resolve(exitCodes.interrupted);
    }
  });
  return ended.promise;
}

/** Those that can run here. What is optional is left out where it cannot; what is not fails `failed_precondition`. */
function startable(plans: readonly ProcessPlan[], path: string, tell: TellUp): readonly ProcessPlan[] {
  const missing = plans.flatMap((plan) => {
    const why = whyMissing(plan, path);
    return why === undefined ? [] : [{ plan, why }];
  });
  const fatal = missing.filter(({ plan }) => plan.optional === undefined);
  if (fatal.length > 0) {
    const problems = fatal.map(({ plan, why }) => `"${plan.name}" cannot start: ${why}`);
    throw new SkylarkError("failed_precondition", problems.join("; "));
  }
  for (const { plan, why } of missing) {
    tell({ kind: "leftOut", process: plan.name, why, missing: plan.optional ?? "" });
  }
  return plans.filter((plan) => !missing.some((each) => each.plan === plan));
}

/** Where `sky` was told of another store than the usual, its processes are too. */
function ownStore({ settings: { coordination, cluster, home } }: CommandContext): Readonly<Record<string, string>> {
  return {
    ...(coordination === "embedded" ? {} : { SKYLARK_COORDINATION: coordination }),
    ...(cluster === "default" ? {} : { SKYLARK_CLUSTER: cluster }),
    ...(home === undefined ? {} : { SKYLARK_HOME: home }),
  };
}

async function linesOf(
  { plan, ports }: Undertaking,
  processes: Readonly<Record<string, OpenedProcess>>,
  home: string | undefined,
): Promise<readonly string[]> {
  const { name, opened = [] } = plan;
  const lines = typeof opened === "function" ? await opened({ name, processes, home }) : opened;
  return lines.map((line) => withPorts(line, ports));
}
