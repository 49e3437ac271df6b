import type { Clock } from "@skylark/core/internal";
import type { Etcd, KeyRange, Reading } from "@skylark/etcd";
import type { ReadOptions } from "../../port.js";

export interface ReadsParts {
  readonly etcd: Etcd;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/**
 * Reads that never go back: what a member alone answers counts only where it is no older than anything this client has seen,
 * be it read, written or watched; else a majority is asked.
 */
export class Reads {
  readonly #parts: ReadsParts;
  #seen = 0n;

  constructor(parts: ReadsParts) {
    this.#parts = parts;
  }

  /** The store was seen at this revision. */
  saw(revision: bigint): void {
    if (revision > this.#seen) this.#seen = revision;
  }

  async read(range: KeyRange, options: ReadOptions, keysOnly = false): Promise<Reading> {
    const { etcd, clock } = this.#parts;
    const { signal, fresh = false, timeoutMs = this.#parts.timeoutMs } = options;
    const endsAt = clock.now() + timeoutMs;
    let reading = await etcd.read(range, { signal, fresh, keysOnly, timeoutMs });
    if (reading.revision < this.#seen) {
      reading = await etcd.read(range, { signal, fresh: true, keysOnly, timeoutMs: Math.max(0, endsAt - clock.now()) });
    }
    this.saw(reading.revision);
    return reading;
  }
}
