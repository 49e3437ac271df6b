import type { Coordination } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import { systemClock, systemRandom } from "@skylark/core/internal";
import { type ConsumerRecord, Requirement } from "@skylark/discovery/internal";

/** A part of this process needs a service, until it says otherwise. */
export interface Need {
  /** Resolves when everybody can see it; or where the store refuses that for good, which is logged and hinders no call. */
  readonly listed: Promise<void>;
  /** Resolves when the last part that needed it is gone from the store, or after 5 s without one. Never rejects. */
  release(): Promise<void>;
}

interface Kept {
  readonly requirement: Requirement;
  readonly listed: Promise<void>;
  users: number;
}

/**
 * What this process requires. Each service is listed once, however many parts of the process need it: they share one entry
 * in the store, and it goes with the last of them.
 */
export class Requirements {
  readonly #cluster: string;
  readonly #log: Log;
  readonly #kept = new Map<string, Kept>();
  /** Entries on their way out: who needs the service again meanwhile waits, since the key is the same. */
  readonly #leaving = new Map<string, Promise<void>>();

  constructor(cluster: string, log: Log) {
    this.#cluster = cluster;
    this.#log = log;
  }

  /** Fails `invalid_argument` where `service` is no name. */
  need(coordination: Coordination, service: string, consumer: ConsumerRecord): Need {
    const kept = this.#kept.get(service) ?? this.#keep(coordination, service, consumer);
    kept.users++;
    let released: Promise<void> | undefined;
    return {
      listed: kept.listed,
      release: () => {
        released ??= this.#release(service, kept);
        return released;
      },
    };
  }

  #keep(coordination: Coordination, service: string, consumer: ConsumerRecord): Kept {
    const surroundings = { clock: systemClock, random: systemRandom, log: this.#log };
    const requirement = new Requirement(coordination, this.#cluster, service, consumer, surroundings);
    const kept: Kept = { requirement, listed: this.#list(service, requirement), users: 0 };
    this.#kept.set(service, kept);
    return kept;
  }

  async #list(service: string, requirement: Requirement): Promise<void> {
    await this.#leaving.get(service);
    if (this.#kept.get(service)?.requirement !== requirement) return; // nobody needs it any more
    try {
      await requirement.start();
    } catch (thrown) {
      const isNeeded = this.#kept.get(service)?.requirement === requirement;
      if (isNeeded)
        this.#log("warn", `"${service}" is not listed as required by this process`, { why: String(thrown) });
    }
  }

  async #release(service: string, kept: Kept): Promise<void> {
    if (--kept.users > 0) return;
    this.#kept.delete(service);
    const left = Promise.all([this.#leaving.get(service), kept.requirement.leave()]).then(() => {
      if (this.#leaving.get(service) === left) this.#leaving.delete(service);
    });
    this.#leaving.set(service, left);
    await left;
  }
}
