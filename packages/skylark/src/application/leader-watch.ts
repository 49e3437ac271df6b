import { type Coordination, type Leader, type Watch, watchLeader } from "@skylark/coordination";

/** Which instance leads a service, as last heard. */
export class LeaderWatch {
  readonly #watch: Watch;
  #instance: string | undefined;

  /** @param changed is never called before this has been made. */
  constructor(coordination: Coordination, key: string, changed: () => void) {
    this.#watch = watchLeader(coordination, key, (leader) => {
      this.#instance = instanceOf(leader);
      changed();
    });
  }

  /** Undefined: none does, or nothing was heard yet. */
  get instance(): string | undefined {
    return this.#instance;
  }

  close(): void {
    this.#watch.close();
  }
}

/** A candidate is what its process wrote: anything. */
function instanceOf(leader: Leader | undefined): string | undefined {
  const candidate = leader?.candidate;
  if (typeof candidate !== "object" || candidate === null || !("instance" in candidate)) return undefined;
  return typeof candidate["instance"] === "string" ? candidate["instance"] : undefined;
}
