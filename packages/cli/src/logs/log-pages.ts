import { SkylarkError } from "@skylark/core";
import { type Deferred, deferred, systemClock } from "@skylark/core/internal";
import { type LogPage, type LogQuery, Logs } from "@skylark/logs";
import type { ServerStream } from "@skylark/rpc";
import type { Channel } from "@skylark/rpc/internal";
import { NothingFound } from "../failure.js";
import type { LiveSystem } from "../system/live-system.js";
import { within } from "../system/within.js";

export interface LogPagesOptions {
  /** How long each attempt to reach the log service may take. */
  readonly timeoutMs: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Told when the log service goes away while it is followed, and when it is back. */
  readonly away: (why: SkylarkError | undefined) => void;
}

/**
 * What the log service of a system has. Where the query follows, it goes on over the end of the service, at the very line where
 * it stopped, as soon as there is one again. Fails NothingFound where there is none at the beginning.
 */
export async function* logPages(
  system: LiveSystem,
  query: LogQuery,
  options: LogPagesOptions,
): AsyncGenerator<LogPage, void> {
  const { timeoutMs, signal, away } = options;
  const channel = await logChannel(system, timeoutMs, signal);
  let state: "reading" | "away" = "reading";
  let next = query;
  for (;;) {
    try {
      const wait = state === "away";
      for await (const page of pagesOf(channel, next, { wait, beginWithinMs: timeoutMs, signal })) {
        if (state === "away") away(undefined);
        state = "reading";
        next = { ...query, last: undefined, from: page.position };
        yield page;
      }
      return;
    } catch (thrown) {
      if (signal.aborted) return;
      const why = SkylarkError.from(thrown);
      if (query.follow !== true || !mayComeBack(why)) throw why;
      if (state === "reading") away(why);
      state = "away";
      await pause(retryAfterMs, signal);
    }
  }
}

/** Where no instance is there, the channel waits by itself; this keeps an instance that fails at once from being asked without end. */
const retryAfterMs = 200;

function pagesOf(
  channel: Channel,
  query: LogQuery,
  options: { readonly wait: boolean; readonly beginWithinMs: number; readonly signal: AbortSignal },
): ServerStream<LogPage> {
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
  return channel.stream("read", [given], options) as ServerStream<LogPage>; // as its contract says
}

/** A channel that goes to whichever instance is there; it is there once the store has told. */
async function logChannel(system: LiveSystem, timeoutMs: number, signal: AbortSignal): Promise<Channel> {
  const channel = system.channel(Logs.name, []);
  const found: Deferred<number> = deferred();
  system.watch(
    { service: Logs.name },
    (instances) => {
      const there = instances.filter(({ state, protocol }) => state === "inRotation" && protocol === "skylark");
      channel.update(there);
      found.resolve(there.length);
    },
    signal,
  );
  const count = await within(timeoutMs, "the store did not answer", found.promise);
  if (count > 0) return channel;
  throw new NothingFound(
    `no log service is running in the cluster "${system.cluster}": start one, by openLogs() of @skylark/logs (docs/guides/logs.md)`,
  );
}

function mayComeBack({ code, reason }: SkylarkError): boolean {
  return code === "unavailable" || code === "deadline_exceeded" || reason === "CONNECTION_LOST";
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const over = deferred();
  const timer = systemClock.after(ms, () => over.resolve(), true);
  signal.addEventListener("abort", () => over.resolve(), { once: true });
  await over.promise;
  timer.cancel();
}
