import { type Log, silentLog } from "@skylark/core";
import { type Deferred, deferred, systemClock } from "@skylark/core/internal";
import { patient } from "@skylark/testkit";
import { onTestFinished } from "vitest";
import { Host, type HostOptions } from "../../src/embedded/host.js";
import type { StartHost } from "../../src/embedded/running-host.js";
import { type CoordinationOptions, type CoordinationParts, openCoordination } from "../../src/open-coordination.js";
import type { Coordination, SessionStatus, WatchEvent } from "../../src/port.js";

/** A client that ends with its test, and whose session no busy machine ends before. */
export async function openClient(options: CoordinationOptions & CoordinationParts): Promise<Coordination> {
  const client = patient(await openCoordination({ ttlMs: 30_000, openTimeoutMs: 60_000, ...options }));
  onTestFinished(() => client.close());
  return client;
}

/** Hosts in the test's own thread, where a test can reach its disk and its clock. */
export function hostHere(options: Partial<HostOptions> = {}, log: Log = silentLog): StartHost {
  return async (home, lockFd) => Host.open({ home, lockFd, clock: systemClock, log, ...options });
}

/** Resolves when `client` has been through a status that fits. */
export async function sessionIs(
  client: Coordination,
  fits: (status: SessionStatus) => boolean,
): Promise<SessionStatus> {
  if (fits(client.session)) return client.session;
  const met: Deferred<SessionStatus> = deferred();
  const stop = client.onSession((status) => {
    if (fits(status)) met.resolve(status);
  });
  const status = await met.promise;
  stop();
  return status;
}

export function idOf(client: Coordination): string | undefined {
  return "id" in client.session ? client.session.id : undefined;
}

/** A watch that keeps what it was told, with someone waiting for more. */
export class WatchLog {
  readonly events: WatchEvent[] = [];
  #waiting: { met: () => boolean; done: Deferred<void> }[] = [];

  constructor(client: Coordination, prefix: string) {
    client.watch(prefix, (event) => {
      this.events.push(event);
      for (const { met, done } of this.#waiting) if (met()) done.resolve();
    });
  }

  async until(met: (events: readonly WatchEvent[]) => boolean): Promise<void> {
    if (met(this.events)) return;
    const done = deferred();
    this.#waiting.push({ met: () => met(this.events), done });
    await done.promise;
  }

  get snapshots(): number {
    return this.events.filter(({ kind }) => kind === "snapshot").length;
  }
}
