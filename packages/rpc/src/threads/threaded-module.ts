import { availableParallelism } from "node:os";
import { type Log, SkylarkError } from "@skylark/core";
import { systemClock, systemRandom } from "@skylark/core/internal";
import type { Call } from "../call-context.js";
import type { Method } from "../server/service.js";
import type { StartableCall } from "../server/stack.js";
import { encodeValue } from "../wire/codec.js";
import type { HandlerStyle, ThreadMethod } from "./thread-messages.js";
import { ThreadPool } from "./thread-pool.js";
import { StreamWork, UnaryWork } from "./thread-work.js";
import { workerThreads } from "./worker-thread.js";

/** A module whose functions run on worker threads, and the limits of those. */
export interface ThreadedModule {
  /** The module: `new URL("./hash.js", import.meta.url)`. Functions cannot go to another thread, so each loads it anew. */
  readonly worker: URL;
  /** Threads at most; each is started when those before it are busy. Default: one less than there are cores, and at least 1. */
  readonly threads?: number | undefined;
  /** Calls that one thread has at once: more than 1 for functions that wait more than they compute. Default: 1. */
  readonly callsPerThread?: number | undefined;
  /** Calls that may wait for a thread; more are refused, to be made elsewhere. Default: 64 for each thread. */
  readonly waitingMax?: number | undefined;
  /** From the cancellation of a call, or its deadline, until the thread is ended that it will not leave. Default: 1000. */
  readonly graceMs?: number | undefined;
  /** What the heap of one thread may hold, in MiB; a call that needs more ends its thread. Default: as node sees fit. */
  readonly heapMiBMax?: number | undefined;
}

/** The threads of one service. Whoever opened them closes them, when the service has left. */
export interface ServiceThreads {
  readonly methods: ReadonlyMap<string, Method>;
  /** Runs one call of a method that answers once. */
  run(call: Call, args: unknown[]): Promise<unknown>;
  open(call: Call, args: unknown[]): AsyncIterable<unknown>;
  close(): Promise<void>;
}

const waitingPerThread = 64;
const defaultGraceMs = 1000;

/**
 * Starts the first thread, which loads the module and says what it offers. Fails `failed_precondition` where it cannot be loaded, and
 * names it; `invalid_argument` where a limit is none.
 */
export async function openThreads(
  name: string,
  module: ThreadedModule,
  { style, log }: { readonly style: HandlerStyle; readonly log: Log },
): Promise<ServiceThreads> {
  const threads = countOf(module, "threads", Math.max(1, availableParallelism() - 1));
  const callsPerThread = countOf(module, "callsPerThread", 1);
  const heapMiBMax = module.heapMiBMax === undefined ? undefined : countOf(module, "heapMiBMax", 0);
  const pool = new ThreadPool({
    name,
    startThread: workerThreads({ service: name, module: module.worker, style, callsPerThread, heapMiBMax }),
    threads,
    callsPerThread,
    waitingMax: countOf(module, "waitingMax", waitingPerThread * threads),
    graceMs: countOf(module, "graceMs", defaultGraceMs),
    clock: systemClock,
    random: systemRandom,
    log,
  });
  const report = ({ service, method }: StartableCall, error: string): void =>
    log("debug", `${service}.${method} threw`, { error });
  const run = (call: Call, args: unknown[]): Promise<unknown> =>
    new UnaryWork(pool, startable(call), bytesOf(call, args), report).submit().result;
  const open = (call: Call, args: unknown[]): AsyncIterable<unknown> =>
    new StreamWork(pool, startable(call), bytesOf(call, args), report).submit();
  const offered = await pool.open();
  return { methods: methodsOn(offered, run, open), run, open, close: () => pool.close() };
}

function methodsOn(
  offered: readonly ThreadMethod[],
  run: ServiceThreads["run"],
  open: ServiceThreads["open"],
): ReadonlyMap<string, Method> {
  const common = { idempotent: false, begins: "when-it-says" } as const;
  return new Map<string, Method>(
    offered.map(({ name, shape }) => [
      name,
      shape === "unary" ? { ...common, shape, run } : { ...common, shape, open },
    ]),
  );
}

/** The server's own call: what it hands to methods knows when it began, and when nobody waits any more. */
function startable(call: Call): StartableCall {
  return call as StartableCall;
}

/** Into memory of its own, which goes to the thread. */
function bytesOf({ service, method }: Call, args: unknown[]): Uint8Array<ArrayBuffer> {
  try {
    const { bytes, start, end } = encodeValue(args, "arguments");
    return new Uint8Array(bytes.subarray(start, end));
  } catch (thrown) {
    const { message, cause } = SkylarkError.from(thrown);
    throw new SkylarkError("internal", `${service}.${method} cannot go to its thread: ${message}`, { cause });
  }
}

type Limit = Exclude<keyof ThreadedModule, "worker">;

function countOf(module: ThreadedModule, limit: Limit, preset: number): number {
  const count = module[limit] ?? preset;
  if (Number.isInteger(count) && count > 0) return count;
  throw new SkylarkError(
    "invalid_argument",
    `${limit} of ${module.worker.href} is a whole number from 1 on, and not ${count}`,
  );
}
