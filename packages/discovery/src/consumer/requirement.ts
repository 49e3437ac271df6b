import type { Coordination, Json } from "@skylark/coordination";
import type { KeepingOptions } from "../entry/keeping.js";
import { OwnedEntry } from "../entry/owned-entry.js";
import type { OwnedEntryStatus } from "../entry/owned-entry-state.js";
import { layout } from "../layout.js";
import { type ConsumerRecord, readConsumer } from "../record/consumer.js";

/**
 * This process needs a service, and everybody can see it: an entry beside the service's own, kept like a registration.
 * Whoever starts it ends it by `leave`.
 */
export class Requirement {
  readonly service: string;
  readonly #entry: OwnedEntry;

  /** `consumer.id`: random per start. Fails `invalid_argument` where the record holds what no reader would take. */
  constructor(
    coordination: Coordination,
    cluster: string,
    service: string,
    consumer: ConsumerRecord,
    options: KeepingOptions,
  ) {
    const key = layout(cluster).consumer(service, consumer.id);
    this.service = service;
    this.#entry = new OwnedEntry(coordination, {
      ...options,
      key,
      // one process may require a service twice: both say the same, so neither disturbs the other
      nonce: consumer.id,
      value: { ...readConsumer(key, consumer), nonce: consumer.id } as unknown as Json,
      what: `consumer ${consumer.id} of "${service}"`,
    });
  }

  get status(): OwnedEntryStatus {
    return this.#entry.status;
  }

  /** Resolves when it is listed for the first time. The store being away delays it; rejects where it is refused for good. */
  start(): Promise<void> {
    return this.#entry.start();
  }

  /** Resolves when it is gone from the store, or after 5 s without one. Never rejects. */
  leave(): Promise<void> {
    return this.#entry.leave();
  }
}
