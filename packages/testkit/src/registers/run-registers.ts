import { setTimeout as pause } from "node:timers/promises";
import { type Deferred, deferred, randomIndex, seededRandom } from "@skylark/core/internal";
import { type Fault, Strikes } from "../faults/strikes.js";
import { type Finding, judge } from "../linearizability/judge.js";
import { KeySupply } from "./key-supply.js";
import { Recorder, type Told } from "./recorder.js";
import { RegisterClient, type RegisterStore } from "./register-client.js";

export interface RegistersOptions {
  /** A client of the store, with a session of its own. The run closes what it opened. */
  readonly open: () => Promise<RegisterStore>;
  /** What every choice comes from: who asks for what, of which key, and when which fault strikes. The instants do not. */
  readonly seed: number;
  /** Default: 10. */
  readonly clients?: number;
  /** How many operations there are in all. Default: 1000. */
  readonly operations?: number;
  /** What strikes, one after the other and never two at a time. Default: nothing. */
  readonly faults?: readonly Fault[];
  /** How often something strikes. Default: 5, spread over the run. */
  readonly strikes?: number;
  /** How long all of it may take. Default: 120 000. */
  readonly withinMs?: number;
}

/** What a run did, and what is wrong with it. */
export interface RegistersRun {
  readonly seed: number;
  /** Empty: the history is linearizable. */
  readonly findings: readonly Finding[];
  readonly keys: number;
  readonly operations: number;
  /** Writes whose answer was lost. */
  readonly unknown: number;
  /** The names of the faults, as they struck. */
  readonly struck: readonly string[];
  readonly tookMs: number;
}

/** For clients to say goodbye to a store that may be busy electing. */
const closeMsMax = 30_000;

/** Keys written at the same time: few, so that clients meet; enough for each to stay within what can be judged. */
const keysAtOnce = 6;

/**
 * Lets clients read and write the same few registers, compare-and-set among it, while faults strike, and judges what they
 * were told: whether every write happened once, at one instant between its call and its answer, and every fresh read
 * shows the register as it was at one.
 */
export async function runRegisters(options: RegistersOptions): Promise<RegistersRun> {
  const { seed, clients = 10, operations = 1000, faults = [], strikes = 5, withinMs = 120_000 } = options;
  const startedAt = performance.now();
  const random = seededRandom(seed);
  const keys = new KeySupply(`/registers/s${seed}`, keysAtOnce);
  const recorder = new Recorder(() => performance.now() - startedAt);
  const plan = new Strikes(faults, random, { operations, strikes });
  const stores: RegisterStore[] = [];
  const over = new AbortController();
  const open = async (): Promise<RegisterStore> => {
    const store = await options.open();
    stores.push(store);
    return store;
  };
  const runClient = async (store: RegisterStore, index: number): Promise<void> => {
    const client = new RegisterClient(`c${index}`, store, recorder);
    const choice = seededRandom(seed * 1000 + index);
    while (recorder.started < operations && !over.signal.aborted) {
      await plan.before(recorder.started);
      const told = await keys.using(choice, (key) => client.any(key, choice));
      if (!isAnswer(told)) await pause(5 + randomIndex(choice, 20)); // nothing is gained by asking again at once
    }
  };
  const run = async (): Promise<void> => {
    const opened = await Promise.all(Array.from({ length: clients }, open)); // all of them, before anything strikes
    await Promise.all(opened.map(runClient));
    await plan.over();
    await readSettled(new RegisterClient("end", await open(), recorder), keys.all, over.signal);
  };
  const soFar = (): string =>
    `registers, seed ${seed}: ${recorder.started} operations, ${recorder.trouble}, struck by ${plan.struck.join(", ") || "nothing"}`;
  try {
    await within(withinMs, run(), soFar);
  } finally {
    over.abort();
    await within(
      closeMsMax,
      Promise.all(stores.map((store) => store.close())),
      () => `${soFar()}; a client does not close`,
    );
  }
  const { history } = recorder;
  return {
    seed,
    findings: [...recorder.contradictions, ...judge(history)],
    keys: keys.all.length,
    operations: history.length,
    unknown: history.filter(({ outcome }) => outcome.kind === "unknown").length,
    struck: plan.struck,
    tookMs: Math.round(performance.now() - startedAt),
  };
}

/** What is there in the end: the word on writes that nobody had read. */
async function readSettled(client: RegisterClient, keys: readonly string[], over: AbortSignal): Promise<void> {
  for (const key of keys) while (!over.aborted && !isAnswer(await client.settled(key))) await pause(100);
}

async function within<Result>(ms: number, work: Promise<Result>, soFar: () => string): Promise<Result> {
  const late: Deferred<never> = deferred();
  const timer = setTimeout(() => late.reject(new Error(`not within ${ms} ms: ${soFar()}`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function isAnswer({ kind }: Told): boolean {
  return kind !== "unknown" && kind !== "not executed";
}
