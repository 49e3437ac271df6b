import { type Log, SkylarkError } from "@skylark/core";
import { type Clock, deferred } from "@skylark/core/internal";
import type { SessionStatus } from "../port.js";

/** A client on its way to its first session. */
interface Opening {
  /** Settles with the first session, or with why there will be none. */
  readonly opened: Promise<void>;
  readonly session: SessionStatus;
  /** Why there is none yet, as far as that is known. */
  readonly failure: SkylarkError | undefined;
}

interface Patience {
  /** Whether a store that is silent fails the opening, or is tried on. */
  readonly opens: "now" | "later";
  readonly openTimeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Waits for the first session. What cannot come right by waiting fails the opening either way. */
export async function openedInTime(client: Opening, { opens, openTimeoutMs, clock, log }: Patience): Promise<void> {
  const away = deferred();
  const timer = clock.after(openTimeoutMs, () => away.resolve(), true);
  client.opened.catch(() => {}); // after the patience has ended, the log alone is told
  try {
    await Promise.race([client.opened, away.promise]);
  } finally {
    timer.cancel();
  }
  if (client.session.kind !== "connecting") return;
  const why = client.failure?.message ?? "no answer";
  const message = `the store has not answered within ${openTimeoutMs} ms`;
  if (opens === "now") throw new SkylarkError("unavailable", `${message}: ${why}`, { cause: client.failure });
  log("warn", `${message}, and is tried on: ${why}`);
}
