import { Worker } from "node:worker_threads";
import { errorCodes, SkylarkError } from "@skylark/core";
import type { StartThread } from "./thread.js";
import { type FromThread, flagsPerCall, type HandlerStyle, type ThreadTask, type ToThread } from "./thread-messages.js";

export interface WorkerThreadOptions {
  readonly service: string;
  readonly module: URL;
  readonly style: HandlerStyle;
  readonly callsPerThread: number;
  /** Of the heap; undefined: as node sees fit. */
  readonly heapMiBMax: number | undefined;
}

/** Threads of node that run `thread-worker`. None of them keeps the process alive once its module is loaded. */
export function workerThreads({
  service,
  module,
  style,
  callsPerThread,
  heapMiBMax,
}: WorkerThreadOptions): StartThread {
  return (listener) => {
    const flags = new Int32Array(new SharedArrayBuffer(callsPerThread * flagsPerCall * Int32Array.BYTES_PER_ELEMENT));
    const task: ThreadTask = { skylark: "service thread", service, module: module.href, style, flags };
    const worker = new Worker(entryUrl(), {
      name: service,
      workerData: task,
      execArgv: process.execArgv.filter((option) => !option.startsWith("--input-type")), // for text, not for a file
      ...(heapMiBMax !== undefined && { resourceLimits: { maxOldGenerationSizeMb: heapMiBMax } }),
    });
    let crash: Crash | undefined;
    worker.on("message", (message: unknown) => {
      if (!isOurs(message)) return;
      if (message.kind === "ready") {
        worker.unref();
        listener.ready(message.methods);
      } else if (message.kind === "refused") listener.refused(message.message);
      else if (message.kind === "heard") listener.heard(message.id);
      else listener.answered(message);
    });
    worker.on("error", (error: unknown) => {
      crash = crashOf(error);
    });
    worker.on("exit", (code) => listener.gone(crash?.why ?? `it ended itself with code ${code}`, crash?.trace));
    return {
      tell(message: ToThread) {
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        worker.postMessage(message, message.kind === "call" ? [message.args.buffer] : []);
      },
      raise(slot, id, code) {
        Atomics.store(flags, slot * flagsPerCall + 1, errorCodes[code]);
        Atomics.store(flags, slot * flagsPerCall, id); // last: whoever sees it sees the code too
      },
      end() {
        worker.ref(); // whoever awaits its end must live to see it
        void worker.terminate();
      },
    };
  };
}

/** The module, or what it imports, may post messages of its own; nobody here waits for them. */
function isOurs(message: unknown): message is FromThread {
  return typeof message === "object" && message !== null && "kind" in message;
}

interface Crash {
  readonly why: string;
  readonly trace: string | undefined;
}

function crashOf(thrown: unknown): Crash {
  const { message, cause } = SkylarkError.from(thrown);
  return { why: message, trace: cause instanceof Error ? cause.stack : undefined };
}

/** From source the neighbour is TypeScript, in the package it is JavaScript. */
function entryUrl(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./thread-worker.ts" : "./thread-worker.js", import.meta.url);
}
