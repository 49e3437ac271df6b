import { SkylarkError } from "@skylark/core";
import { type Deferred, deferred } from "@skylark/core/internal";
import type { ConnectionResources } from "../connection/resources.js";
import type { Offer } from "./offer.js";

export interface DrainOptions {
  /** How long callers get to say that they have gone elsewhere. Default: 2000 ms. */
  readonly noticeMs?: number | undefined;
  /** How long running calls get to finish. Default: 30 000 ms. */
  readonly timeoutMs?: number | undefined;
}

/** What a drain came to. */
export interface DrainReceipt {
  readonly services: readonly string[];
  /** Connected callers that were told, and those of them that said they had gone elsewhere (or hung up). */
  readonly told: number;
  readonly acknowledged: number;
  /** Calls that were running when it began or arrived before everybody was gone, and ended properly. */
  readonly finished: number;
  /** Calls that came late, refused with a promise that they did not run. */
  readonly refused: number;
  /** Calls that had not ended in time. Zero, or something was lost. */
  readonly abandoned: number;
  readonly tookMs: number;
}

/** What a drain asks of a connection. */
export interface DrainedConnection {
  readonly isReady: boolean;
  drain(services: readonly string[]): void;
  endStreams(services: ReadonlySet<string>, why: SkylarkError): void;
  abandon(services: ReadonlySet<string>, why: SkylarkError): number;
}

/** One drain, from the first word to the receipt (clauses RPC-DRAIN-*). */
export class Drain {
  readonly #offers: readonly Offer[];
  /** Those of the server, as they come and go: who connects meanwhile is told by its welcome. */
  readonly #connections: Iterable<DrainedConnection>;
  readonly #resources: ConnectionResources;
  readonly #options: DrainOptions;
  readonly #names: ReadonlySet<string>;
  readonly #awaited: Set<DrainedConnection>;
  readonly #allGone: Deferred<void> = deferred();

  constructor(
    offers: readonly Offer[],
    connections: Iterable<DrainedConnection>,
    resources: ConnectionResources,
    options: DrainOptions,
  ) {
    this.#offers = offers;
    this.#connections = connections;
    this.#resources = resources;
    this.#options = options;
    this.#names = new Set(offers.map(({ service }) => service.name));
    this.#awaited = new Set(offers.length > 0 ? [...connections].filter(({ isReady }) => isReady) : []);
  }

  async run(): Promise<DrainReceipt> {
    const { noticeMs = 2000, timeoutMs = 30_000 } = this.#options;
    const { clock } = this.#resources;
    const startedAt = clock.now();
    const before = { finished: total(this.#offers, "finished"), refused: total(this.#offers, "refused") };
    const told = this.#awaited.size;
    for (const offer of this.#offers) offer.leave();
    for (const connection of this.#awaited) connection.drain([...this.#names]);
    if (this.#awaited.size > 0) await this.#within(noticeMs, this.#allGone.promise);
    const acknowledged = told - this.#awaited.size;
    const idle = Promise.all(this.#offers.map((offer) => offer.refuse()));
    this.#endStreams();
    await this.#within(timeoutMs, idle);
    const abandoned = this.#abandon(timeoutMs);
    return {
      services: [...this.#names],
      told,
      acknowledged,
      finished: total(this.#offers, "finished") - before.finished,
      refused: total(this.#offers, "refused") - before.refused,
      abandoned,
      tookMs: Math.round(clock.now() - startedAt),
    };
  }

  /** The caller behind this connection has gone elsewhere. */
  acknowledged(connection: DrainedConnection, services: readonly string[]): void {
    if (services.some((name) => this.#names.has(name))) this.gone(connection);
  }

  gone(connection: DrainedConnection): void {
    if (this.#awaited.delete(connection) && this.#awaited.size === 0) this.#allGone.resolve();
  }

  #endStreams(): void {
    const moved = new SkylarkError("unavailable", "the instance is leaving: open the stream elsewhere", {
      reason: "DRAINING",
    });
    for (const connection of this.#connections) connection.endStreams(this.#names, moved);
  }

  #abandon(timeoutMs: number): number {
    const why = new SkylarkError("unavailable", `the instance has left; the call had not ended within ${timeoutMs} ms`);
    let abandoned = 0;
    for (const connection of this.#connections) abandoned += connection.abandon(this.#names, why);
    return abandoned;
  }

  async #within(mostMs: number, done: Promise<unknown>): Promise<void> {
    const late = deferred();
    const timer = this.#resources.clock.after(mostMs, () => late.resolve(), true);
    await Promise.race([done, late.promise]);
    timer.cancel();
  }
}

function total(offers: readonly Offer[], what: "finished" | "refused"): number {
  return offers.reduce((sum, offer) => sum + offer[what], 0);
}
