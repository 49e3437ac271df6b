import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { systemClock } from "@skylark/core/internal";
import { Host } from "./host.js";
import type { FromWorker, ToWorker, WorkerTask } from "./host-thread.js";
import { plainError } from "./running-host.js";

/** The thread in which the embedded store runs; `startHostThread` is its other end. */
async function run(port: MessagePort, { home, lockFd }: WorkerTask): Promise<void> {
  const tell = (message: FromWorker) => port.postMessage(message);
  try {
    const host = await Host.open({
      home,
      lockFd,
      clock: systemClock,
      log: (level, message, fields) => tell({ kind: "log", level, message, fields: JSON.stringify(fields ?? {}) }),
    });
    port.on("message", (message: ToWorker) => {
      if (message.kind === "close") void host.close();
    });
    tell({ kind: "ready" });
    const error = await host.ended;
    tell({ kind: "ended", error: error && plainError(error) });
  } catch (error) {
    tell({ kind: "ended", error: plainError(error) });
  }
  port.close();
}

if (parentPort) await run(parentPort, workerData as WorkerTask);
