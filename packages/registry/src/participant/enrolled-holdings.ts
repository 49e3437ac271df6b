import type { Coordination, Revision } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import { layout } from "@skylark/discovery/internal";
import type { Holdings } from "../patch/patch.js";
import type { HoldingsStore } from "../patch/push.js";
import { type Enrolment, enrolmentValue, readEnrolment } from "./enrolment.js";
import type { Participant } from "./participant.js";

/** What one participant may hold, kept in its enrolment: only as long as it is the registration that it was made for. */
export class EnrolledHoldings implements HoldingsStore {
  readonly #coordination: Coordination;
  readonly #key: string;
  readonly #nonce: string;
  #read: { readonly enrolment: Enrolment; readonly revision: Revision } | undefined;

  constructor(coordination: Coordination, cluster: string, { id, nonce }: Pick<Participant, "id" | "nonce">) {
    this.#coordination = coordination;
    this.#key = layout(cluster).participant(id);
    this.#nonce = nonce;
  }

  async read(): Promise<Holdings | undefined> {
    const entry = await this.#coordination.get(this.#key, { fresh: true });
    if (!entry) return undefined;
    const enrolment = readEnrolment(this.#key, entry.value);
    if (enrolment.nonce !== this.#nonce) return undefined;
    this.#read = { enrolment, revision: entry.revision };
    return enrolment.holdings;
  }

  async write(holdings: Holdings): Promise<void> {
    if (!this.#read) throw new SkylarkError("aborted", `what stands at ${this.#key} has not been read`);
    const enrolment = { ...this.#read.enrolment, holdings };
    const options = { revision: this.#read.revision };
    const { revision } = await this.#coordination.put(this.#key, enrolmentValue(enrolment), options).catch(lost);
    this.#read = { enrolment, revision };
  }
}

/** A lost answer stands for a write that may have happened: as where another wrote, what is there now is read. */
function lost(thrown: unknown): never {
  if (!SkylarkError.is(thrown) || thrown.notExecuted) throw thrown;
  throw new SkylarkError("aborted", thrown.message, { cause: thrown });
}
