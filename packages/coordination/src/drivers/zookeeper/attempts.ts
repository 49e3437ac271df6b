import { Backoff, type Clock, pause, type Random, type Timer } from "@skylark/core/internal";
import type { ZooKeeper } from "@skylark/zookeeper";
import { CoarseTimers } from "../coarse-timers.js";
import type { Deadline } from "../deadline.js";
import type { ZooKeeperSession } from "./zookeeper-session.js";

/** Between two attempts: a plan that another writer has overtaken is soon made anew; a server that is away takes longer. */
const pauses = { firstMs: 4, mostMs: 250 } as const;

/**
 * A server of 3.8 now and then lets a request lie until another one comes: what has no answer after this time is followed
 * by a sync, which reaches the leader from wherever it is sent, and changes nothing.
 */
const nudgeAfterMs = 1000;

const never = new AbortController().signal;

/** Tries an operation again, where that is safe, until its deadline. */
export class Attempts {
  readonly #session: ZooKeeperSession;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #timers: CoarseTimers;

  constructor(session: ZooKeeperSession, { clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#session = session;
    this.#clock = clock;
    this.#random = random;
    this.#timers = new CoarseTimers(clock);
  }

  /** @param isSafe whether what failed so may be tried again */
  async make<T>(
    deadline: Deadline,
    isSafe: (error: unknown) => boolean,
    attempt: (client: ZooKeeper) => Promise<T>,
  ): Promise<T> {
    deadline.refusePassed(undefined);
    return await deadline.waitFor(this.#make(deadline, isSafe, attempt));
  }

  async #make<T>(
    deadline: Deadline,
    isSafe: (error: unknown) => boolean,
    attempt: (client: ZooKeeper) => Promise<T>,
  ): Promise<T> {
    const backoff = new Backoff(pauses, this.#random);
    for (;;) {
      const client = await this.#session.client(deadline);
      const nudges = this.#nudgeAgainAndAgain(client);
      try {
        return await attempt(client);
      } catch (error) {
        if (!isSafe(error)) throw error;
        await pause(this.#clock, Math.min(backoff.next(), deadline.remainingMs), never);
        deadline.refusePassed(error);
      } finally {
        nudges.cancel();
      }
    }
  }

  #nudgeAgainAndAgain(client: ZooKeeper): Timer {
    const wait = () =>
      this.#timers.after(nudgeAfterMs, () => {
        nudge(client);
        timer = wait();
      });
    let timer = wait();
    return { cancel: () => timer.cancel() };
  }
}

/** Whether it is answered does not matter. */
function nudge(client: ZooKeeper): void {
  client.sync("/", { timeoutMs: nudgeAfterMs }).catch(() => {});
}
