import type { Log } from "@skylark/core";
import type { Clock, Random } from "@skylark/core/internal";
import type { Coordination } from "../port.js";

/** What every driver is handed. */
export interface DriverOptions {
  /** As the user wrote it; the driver reads the rest of it. */
  readonly url: string;
  /** What is asked for; the engine grants what it can. */
  readonly ttlMs: number;
  /** `now`: fails where nobody answers within `openTimeoutMs`. `later`: goes on trying, with a session that is `connecting`. */
  readonly opens: "now" | "later";
  readonly openTimeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export type OpenDriver = (options: DriverOptions) => Promise<Coordination>;
