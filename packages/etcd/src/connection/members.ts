import { type Log, SkylarkError } from "@skylark/core";
import { Backoff, type Clock, Patience, pause, type Random, randomIndex } from "@skylark/core/internal";
import { Connection, type ConnectionOptions } from "./connection.js";
import { firstToSpeak } from "./first-to-speak.js";

export interface MembersOptions extends ConnectionOptions {
  readonly endpoints: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

type MembersState =
  | { readonly kind: "apart" }
  | { readonly kind: "reaching"; readonly reached: Promise<Connection> }
  | { readonly kind: "connected"; readonly connection: Connection; readonly since: number }
  | { readonly kind: "closed" };

/** How long a member may take to take a connection and speak; longer once nobody of a round did, as on a machine that is busy. */
const patienceOptions = { firstMs: 1000, mostMs: 8000 };
const backoffOptions = { firstMs: 50, mostMs: 1000 };
/** A connection that lived this long is followed by another at once, a shorter one after a pause. */
const soundMs = 1000;

/** The members of a cluster and the one connection to them: which is next when it ends, and when. */
export class Members {
  readonly #options: MembersOptions;
  readonly #backoff: Backoff;
  readonly #patience = new Patience(patienceOptions);
  readonly #closing = new AbortController();
  #state: MembersState = { kind: "apart" };
  #next: number;
  #failures: readonly SkylarkError[] = [];

  constructor(options: MembersOptions) {
    this.#options = options;
    this.#backoff = new Backoff(backoffOptions, options.random);
    this.#next = randomIndex(options.random, options.endpoints.length);
  }

  /** What keeps the members from being reached, as far as that is known. */
  get failure(): SkylarkError | undefined {
    return this.#failures.at(-1);
  }

  /** The connection, where there is one now. */
  get connected(): Connection | undefined {
    return this.#state.kind === "connected" ? this.#state.connection : undefined;
  }

  get endpoints(): readonly string[] {
    return this.#options.endpoints;
  }

  get count(): number {
    return this.endpoints.length;
  }

  /** The connection, or the next one. Waits as long as it takes; fails `cancelled` once closed. */
  async connection(): Promise<Connection> {
    switch (this.#state.kind) {
      case "connected":
        return this.#state.connection;
      case "reaching":
        return this.#state.reached;
      case "closed":
        throw closedError();
      case "apart": {
        const reached = this.#reach();
        reached.catch(() => {});
        this.#state = { kind: "reaching", reached };
        return reached;
      }
    }
  }

  /**
   * The first connection. Fails `unavailable` where every member refuses, or none speaks within `timeoutMs`;
   * `unauthenticated` where TLS does not come about.
   */
  async open(timeoutMs: number): Promise<Connection> {
    const { clock } = this.#options;
    const giveUpAt = clock.now() + timeoutMs;
    for (;;) {
      const connection = await this.#round(giveUpAt - clock.now());
      if (connection) return connection;
      if (this.#failures.every(isRefusal) || clock.now() >= giveUpAt) throw unreachable(this.#failures);
      await this.#pause();
    }
  }

  /** A connection to one member, beside the one that calls go by. The caller ends it. */
  async dial(endpoint: string): Promise<Connection> {
    const { signal } = this.#closing;
    return Connection.open(endpoint, this.#options, { withinMs: patienceOptions.firstMs, signal });
  }

  /**
   * Gives up a connection that is of no use, so that the next member is tried. What the call that found this promises of
   * itself, that it did nothing, holds for none of the others on their way there.
   */
  leave(connection: Connection, { message, reason }: SkylarkError): void {
    if (this.#state.kind !== "connected" || this.#state.connection !== connection) return;
    connection.end(new SkylarkError("unavailable", message, { reason }));
  }

  close(): void {
    const state = this.#state;
    this.#state = { kind: "closed" };
    this.#closing.abort();
    if (state.kind === "connected") state.connection.end(closedError());
  }

  async #reach(): Promise<Connection> {
    for (;;) {
      const connection = await this.#round();
      if (connection) return connection;
      await this.#pause();
    }
  }

  /** Tries every member once, the one after the last first; none for longer than is left, but each for a moment at least. */
  async #round(leftMs = Number.POSITIVE_INFINITY): Promise<Connection | undefined> {
    const { endpoints, clock, log } = this.#options;
    const from = this.#next % endpoints.length;
    const withinMs = Math.max(patienceOptions.firstMs, Math.min(this.#patience.ms, leftMs));
    const outcome = await firstToSpeak({
      endpoints: [...endpoints.slice(from), ...endpoints.slice(0, from)],
      dial: async (endpoint, signal) => Connection.open(endpoint, this.#options, { withinMs, signal }),
      clock,
      signal: this.#closing.signal,
    });
    if (outcome.kind === "spoke") {
      this.#next = endpoints.indexOf(outcome.first.endpoint) + 1;
      this.#connected(outcome.first);
      return outcome.first;
    }
    if (this.#closing.signal.aborted) throw closedError();
    for (const { message } of outcome.failures) log("debug", message);
    this.#failures = outcome.failures;
    if (!outcome.failures.every(isRefusal)) this.#patience.ranOut();
    return undefined;
  }

  #connected(connection: Connection): void {
    if (this.#closing.signal.aborted) {
      connection.end(closedError());
      throw closedError();
    }
    this.#failures = [];
    this.#patience.reset();
    const since = this.#options.clock.now();
    this.#state = { kind: "connected", connection, since };
    void connection.ended.then((why) => this.#lost(connection, since, why));
  }

  #lost(connection: Connection, since: number, why: SkylarkError): void {
    if (this.#state.kind !== "connected" || this.#state.connection !== connection) return;
    this.#options.log("debug", why.message);
    const { clock } = this.#options;
    if (clock.now() - since >= soundMs) {
      this.#backoff.reset();
      this.#state = { kind: "apart" };
      return;
    }
    const reached = this.#pause().then(() => this.#reach());
    reached.catch(() => {});
    this.#state = { kind: "reaching", reached };
  }

  async #pause(): Promise<void> {
    await pause(this.#options.clock, this.#backoff.next(), this.#closing.signal);
    if (this.#closing.signal.aborted) throw closedError();
  }
}

function closedError(): SkylarkError {
  return new SkylarkError("cancelled", "this etcd client was closed");
}

const refusals: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH"]);

/** Waiting would not help, as far as anybody can tell. */
function isRefusal({ code, details }: SkylarkError): boolean {
  return code === "unauthenticated" || refusals.has((details as { code?: unknown } | undefined)?.code);
}

function unreachable(failures: readonly SkylarkError[]): SkylarkError {
  const code = failures.every(({ code }) => code === "unauthenticated") ? "unauthenticated" : "unavailable";
  const message = `no member of the etcd cluster is reached: ${failures.map(({ message }) => message).join("; ")}`;
  return new SkylarkError(code, message, { reason: "CONNECTION_LOST", notExecuted: true, cause: failures.at(-1) });
}
