import { SkylarkError } from "@skylark/core";
import { type Clock, type Deferred, deferred, type Timer } from "@skylark/core/internal";

interface Endable {
  end(why: SkylarkError): void;
}

export interface DialOptions<Dialled extends Endable> {
  /** In the order of their turns. */
  readonly endpoints: readonly string[];
  /** Ends by itself in time. The signal says that another was first. */
  readonly dial: (endpoint: string, signal: AbortSignal) => Promise<Dialled>;
  readonly clock: Clock;
  /** Ends all of it. */
  readonly signal: AbortSignal;
}

export type DialOutcome<Dialled> =
  | { readonly kind: "spoke"; readonly first: Dialled }
  /** Of every endpoint, as they came; of fewer where it was ended. */
  | { readonly kind: "none"; readonly failures: readonly SkylarkError[] };

/** What one that is frozen costs. One that is well answers sooner on anything but a busy machine. */
const staggerMs = 250;

/**
 * Dials one member after another without waiting for those before: the next has its turn when one has failed, or after a
 * moment. The first that speaks is taken, the others are ended ("Happy Eyeballs", RFC 8305, section 5). One that is frozen
 * takes connections and says nothing; two such in a row, waited for in turn, would outlive a short lease.
 */
export function firstToSpeak<Dialled extends Endable>(options: DialOptions<Dialled>): Promise<DialOutcome<Dialled>> {
  return new Dialling(options).outcome;
}

class Dialling<Dialled extends Endable> {
  readonly #options: DialOptions<Dialled>;
  readonly #outcome: Deferred<DialOutcome<Dialled>> = deferred();
  readonly #over = new AbortController();
  readonly #failures: SkylarkError[] = [];
  #begun = 0;
  #stagger: Timer | undefined;
  readonly #stopped = (): void => this.#settle({ kind: "none", failures: this.#failures });

  constructor(options: DialOptions<Dialled>) {
    this.#options = options;
    options.signal.addEventListener("abort", this.#stopped, { once: true });
    if (options.signal.aborted) this.#stopped();
    else this.#dialNext();
  }

  get outcome(): Promise<DialOutcome<Dialled>> {
    return this.#outcome.promise;
  }

  #dialNext(): void {
    this.#stagger?.cancel();
    const endpoint = this.#options.endpoints[this.#begun];
    if (endpoint === undefined) return; // all are under way
    this.#begun += 1;
    this.#stagger = this.#options.clock.after(staggerMs, () => this.#dialNext(), true);
    void this.#dial(endpoint);
  }

  async #dial(endpoint: string): Promise<void> {
    const { signal } = this.#over;
    try {
      const dialled = await this.#options.dial(endpoint, signal);
      if (signal.aborted) dialled.end(unwanted());
      else this.#settle({ kind: "spoke", first: dialled });
    } catch (error) {
      this.#failures.push(SkylarkError.from(error, "unavailable"));
      if (signal.aborted) return;
      if (this.#failures.length < this.#options.endpoints.length) this.#dialNext();
      else this.#settle({ kind: "none", failures: this.#failures });
    }
  }

  #settle(outcome: DialOutcome<Dialled>): void {
    this.#stagger?.cancel();
    this.#options.signal.removeEventListener("abort", this.#stopped);
    this.#outcome.resolve(outcome);
    this.#over.abort(unwanted());
  }
}

function unwanted(): SkylarkError {
  return new SkylarkError("cancelled", "another member spoke first, or none is wanted any more");
}
