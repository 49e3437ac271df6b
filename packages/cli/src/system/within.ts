import { SkylarkError } from "@skylark/core";
import { deferred, systemClock } from "@skylark/core/internal";

/** What `work` comes to, or `deadline_exceeded` after so many milliseconds: no command waits for ever. */
export async function within<T>(timeoutMs: number, what: string, work: Promise<T>): Promise<T> {
  const late = deferred<never>();
  const timer = systemClock.after(
    timeoutMs,
    () => late.reject(new SkylarkError("deadline_exceeded", `${what} within ${timeoutMs} ms (--timeout)`)),
    true,
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    timer.cancel();
  }
}
