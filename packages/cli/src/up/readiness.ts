import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { SkylarkError } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import { type Ending, endingText } from "./running-process.js";
import type { ReadyPlan } from "./system-plan.js";

/** What readiness looks at of a process. */
export interface AwaitedProcess {
  readonly pid: number | undefined;
  /** It runs as a command: what is listed may be a process that it has started. */
  readonly isKept: boolean;
  readonly startedAt: number;
  /** There is a process: its keeper has started the command. */
  readonly begun: Promise<void>;
  readonly told: Promise<string>;
  readonly ended: Promise<Ending>;
}

/** Instances as coordination lists them. */
export interface Listing {
  /** Resolves with where an instance of `service` that this process offers is reached, once it is listed. */
  listed(service: string, process: AwaitedProcess, signal: AbortSignal): Promise<string>;
}

export interface ReadinessTools {
  readonly clock: Clock;
  readonly listing: Listing;
  /** Tells what it waits for now. */
  readonly waiting: (what: string) => void;
}

/**
 * Resolves with where the process is reached, as far as anybody knows, once all that `plan` names holds. Fails
 * `deadline_exceeded` where it takes longer than it may, `unavailable` where it ends before, `cancelled` by the signal.
 */
export async function readyAt(
  process: AwaitedProcess,
  plan: ReadyPlan,
  tools: ReadinessTools,
  signal: AbortSignal,
): Promise<string | undefined> {
  const over = new AbortController();
  const watch = new Waiting(tools.waiting);
  const giveUp = (why: SkylarkError): void => over.abort(why);
  const timer = tools.clock.after(plan.withinMs, () => giveUp(watch.late(plan.withinMs)), true);
  const stopped = (): void => giveUp(new SkylarkError("cancelled", "it is not waited for any more"));
  signal.addEventListener("abort", stopped, { once: true });
  if (signal.aborted) stopped();
  void process.ended.then((ending) =>
    giveUp(new SkylarkError("unavailable", `ended ${endingText(ending)} before it was ready`)),
  );
  try {
    return await steps(process, plan, { ...tools, watch, signal: over.signal });
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", stopped);
    over.abort();
  }
}

/** What is waited for, and what came of it last. */
class Waiting {
  readonly #tell: (what: string) => void;
  #what = "it";
  #last = "";

  constructor(tell: (what: string) => void) {
    this.#tell = tell;
  }

  for(what: string): void {
    this.#what = what;
    this.#last = "";
    this.#tell(what);
  }

  saw(last: string): void {
    this.#last = last;
  }

  late(withinMs: number): SkylarkError {
    const last = this.#last === "" ? "" : `, which ${this.#last}`;
    return new SkylarkError(
      "deadline_exceeded",
      `was not ready within ${withinMs / 1000} s: it waited for ${this.#what}${last}`,
    );
  }
}

interface Steps extends ReadinessTools {
  readonly watch: Waiting;
  readonly signal: AbortSignal;
}

async function steps(process: AwaitedProcess, plan: ReadyPlan, tools: Steps): Promise<string | undefined> {
  const { watch, signal, clock, listing } = tools;
  let address: string | undefined;
  watch.for("its start");
  await orAborted(process.begun, signal);
  if (plan.message) {
    watch.for("its word that it is ready");
    address = await orAborted(process.told, signal);
  }
  if (plan.url !== undefined) {
    const url = wholeUrl(plan.url, address);
    watch.for(url);
    await answering(url, tools);
    address ??= new URL(url).origin;
  }
  if (plan.service !== undefined) {
    watch.for(`an instance of "${plan.service}" to be listed`);
    const listed = await orAborted(listing.listed(plan.service, process, signal), signal);
    address ??= listed;
  }
  const isNothing = !plan.message && plan.url === undefined && plan.service === undefined;
  if (isNothing && plan.otherwise === "end") {
    watch.for("its end");
    await orAborted(process.ended, signal); // told by the signal
  } else if (isNothing) await rest(livingMs, clock, signal);
  signal.throwIfAborted();
  return address;
}

function wholeUrl(url: string, address: string | undefined): string {
  if (URL.canParse(url, address)) return new URL(url, address).href;
  throw new SkylarkError(
    "failed_precondition",
    `says that it is reached at "${address}", which is no URL to ask ${url} at`,
  );
}

/** Who asks for nothing else has lived so long. */
const livingMs = 500;

/** Asks again until it is answered. */
async function answering(url: string, { clock, signal, watch }: Steps): Promise<void> {
  for (;;) {
    const seen = await statusOf(url, signal);
    if (typeof seen === "number" && seen < 500) return;
    watch.saw(typeof seen === "number" ? `answered ${seen}` : seen);
    await rest(askAgainMs, clock, signal);
  }
}

const askAgainMs = 100;
/** One that hangs is asked again. */
const answerMs = 2_000;

/** Not by `fetch`, which refuses ports that browsers are afraid of, 6000 among them. */
function statusOf(url: string, signal: AbortSignal): Promise<number | string> {
  const request = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const asked = request(url, { signal, timeout: answerMs, agent: false }, (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    asked.once("timeout", () => asked.destroy(new Error(`did not answer within ${answerMs} ms`)));
    asked.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code === "ECONNREFUSED" ? "refused the connection" : error.message);
    });
    asked.end();
  });
}

function rest(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return orAborted(new Promise<void>((resolve) => void clock.after(ms, resolve, true)), signal);
}

/** What comes of it, or the reason of the signal. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(SkylarkError.from(signal.reason));
    if (signal.aborted) return aborted();
    signal.addEventListener("abort", aborted, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", aborted));
  });
}
