import { type Coordination, elect, type Leadership } from "@skylark/coordination";
import { type Log, SkylarkError } from "@skylark/core";
import { Backoff, pause, systemClock, systemRandom, whenAborted } from "@skylark/core/internal";

export interface CandidacyParts {
  readonly coordination: Coordination;
  /** Where the election is held. */
  readonly key: string;
  readonly service: string;
  /** The id of this process: whom callers that want the leader shall call. */
  readonly instance: string;
  /** What the leader does, while it leads. */
  readonly lead: true | ((leadership: Leadership) => Promise<void>);
  readonly log: Log;
}

/** After an election that failed, or a leader that did. */
const pauses = { firstMs: 100, mostMs: 10_000 } as const;

/** An instance that stands for election, from when it is listed until it leaves. */
export class Candidacy {
  readonly #parts: CandidacyParts;
  readonly #withdrawn = new AbortController();
  #standing: Promise<void> | undefined;
  #epoch: number | undefined;

  constructor(parts: CandidacyParts) {
    this.#parts = parts;
  }

  /** In which it leads; undefined while it does not. */
  get epoch(): number | undefined {
    return this.#epoch;
  }

  stand(): void {
    if (!this.#withdrawn.signal.aborted) this.#standing ??= this.#stand();
  }

  /** Resolves when another may lead. */
  async withdraw(): Promise<void> {
    this.#withdrawn.abort();
    await this.#standing;
  }

  /** Again and again, until it is withdrawn. Never fails. */
  async #stand(): Promise<void> {
    const { coordination, key, instance, service, log } = this.#parts;
    const { signal } = this.#withdrawn;
    const backoff = new Backoff(pauses, systemRandom);
    while (!signal.aborted) {
      try {
        await elect(coordination, key, { candidate: { instance }, signal }, (leadership) => this.#lead(leadership));
        backoff.reset();
      } catch (thrown) {
        if (signal.aborted) return;
        log("error", `"${service}" leads no more, and stands again: ${SkylarkError.from(thrown).message}`);
        await pause(systemClock, backoff.next(), signal);
      }
    }
  }

  async #lead(leadership: Leadership): Promise<void> {
    const { lead, service, log } = this.#parts;
    const { epoch, ended } = leadership;
    this.#epoch = epoch;
    ended.addEventListener("abort", () => (this.#epoch = undefined), { once: true });
    log("info", `"${service}" is led by this instance, epoch ${epoch}`);
    try {
      if (lead !== true) await lead(leadership);
      await whenAborted(ended);
    } finally {
      this.#epoch = undefined;
    }
  }
}
