import { Worker } from "node:worker_threads";
import { type Log, type LogLevel, SkylarkError } from "@skylark/core";
import { deferred, systemClock } from "@skylark/core/internal";
import type { Home } from "./home.js";
import { errorOf, type PlainError, type RunningHost } from "./running-host.js";

export interface WorkerTask {
  readonly home: Home;
  /** A descriptor belongs to the process: the thread may look at it, the main thread closes it. */
  readonly lockFd: number;
}

export type ToWorker = { readonly kind: "close" };

export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "log"; readonly level: LogLevel; readonly message: string; readonly fields: string }
  /** The store is closed. What is left of the thread are connections that say goodbye. */
  | { readonly kind: "ended"; readonly error: PlainError | undefined };

/** How long a thread may take to say goodbye to clients that do not listen. */
const goodbyeMs = 500;

/**
 * Runs the host in a thread of its own, so that a busy application neither delays a keep-alive nor expires anybody. The
 * thread does not keep the process alive.
 */
export async function startHostThread(home: Home, lockFd: number, log: Log): Promise<RunningHost> {
  const execArgv = process.execArgv.filter((option) => !option.startsWith("--input-type")); // for text, not for a file
  const worker = new Worker(workerUrl(), { execArgv, workerData: { home, lockFd } satisfies WorkerTask });
  const ready = deferred();
  const ended = deferred<SkylarkError | undefined>();
  const exited = deferred();
  worker.on("message", (message: FromWorker) => {
    if (message.kind === "ready") ready.resolve();
    else if (message.kind === "log")
      log(message.level, message.message, JSON.parse(message.fields) as object as Record<string, unknown>);
    else ended.resolve(message.error && errorOf(message.error));
  });
  worker.on("error", (cause) => {
    ended.resolve(new SkylarkError("internal", `the thread of the embedded store died: ${String(cause)}`, { cause }));
  });
  worker.on("exit", () => {
    ended.resolve(undefined);
    exited.resolve();
  });
  const failed = ended.promise.then((error) => {
    throw error ?? new SkylarkError("internal", "the thread of the embedded store ended before it had begun");
  });
  await Promise.race([ready.promise, failed]);
  failed.catch(() => {}); // from here on `ended` tells
  worker.unref();
  return {
    ended: ended.promise,
    async close() {
      worker.ref(); // whoever awaits this must live to see it
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage({ kind: "close" } satisfies ToWorker);
      await ended.promise;
      const patience = systemClock.after(goodbyeMs, () => void worker.terminate(), true);
      await exited.promise;
      patience.cancel();
    },
  };
}

/** From source the neighbour is TypeScript, in the package it is JavaScript. */
function workerUrl(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./host-worker.ts" : "./host-worker.js", import.meta.url);
}
