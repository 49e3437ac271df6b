import { type Coordination, type CoordinationOptions, openCoordination } from "@skylark/coordination";
import { hasEmbeddedStore } from "@skylark/coordination/internal";
import { type Log, SkylarkError } from "@skylark/core";
import { NothingFound } from "../failure.js";
import type { SystemSettings } from "../options/global-options.js";
import { within } from "./within.js";

export interface JoinedStoreOptions extends Pick<SystemSettings, "coordination" | "home" | "timeoutMs"> {
  readonly log: Log;
  /**
   * What to do about an embedded store that nobody hosts. `leave`: it is not there. `host`: it is hosted for as long as the
   * command runs, where there is one. `make`: also where there is none yet.
   */
  readonly unhosted: "leave" | "host" | "make";
}

/** Joins the store that the settings name. The caller closes it. Fails NothingFound where nothing is running. */
export async function joinedStore(options: JoinedStoreOptions): Promise<Coordination> {
  const { coordination: url, home, timeoutMs, log, unhosted } = options;
  const remote = url !== "embedded";
  try {
    return await opened({ url, home, host: false, log, ...(remote && { openTimeoutMs: timeoutMs }) }, timeoutMs);
  } catch (thrown) {
    if (!nobodyHosts(thrown)) throw thrown;
    if (unhosted === "make" || (unhosted === "host" && hasEmbeddedStore(home)))
      return opened({ url, home, log }, timeoutMs);
    throw new NothingFound(SkylarkError.from(thrown).message, { code: "unavailable", cause: thrown });
  }
}

async function opened(options: CoordinationOptions, timeoutMs: number): Promise<Coordination> {
  const opening = openCoordination(options);
  try {
    return await within(timeoutMs, "the store did not answer", opening);
  } catch (thrown) {
    opening.then((late) => late.close()).catch(() => {}); // told already
    throw thrown;
  }
}

/** No socket, or one whose owner is gone: not one that is slow. */
function nobodyHosts(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ("code" in error && (error.code === "ENOENT" || error.code === "ECONNREFUSED")) return true;
  }
  return false;
}
