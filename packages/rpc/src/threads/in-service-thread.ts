import { workerData } from "node:worker_threads";

/** Whether this is a thread on which a service runs. */
export function inServiceThread(): boolean {
  const data: unknown = workerData;
  return typeof data === "object" && data !== null && "skylark" in data && data.skylark === "service thread";
}
