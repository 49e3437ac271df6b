import { type Log, SkylarkError } from "@skylark/core";
import { Backoff, type Clock, pause, type Random } from "@skylark/core/internal";
import type { Connection, Services } from "../connection/connection.js";
import type { Members } from "../connection/members.js";
import type { CallOptions } from "../options.js";
import { type Failure, failureOf, type Named } from "./answer-error.js";
import type { Token } from "./token.js";

export interface CallsOptions {
  readonly members: Members;
  readonly token: Token;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What goes along with a call. */
export interface RpcOptions {
  readonly headers: Record<string, string>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** One call, and how it is made. */
export interface Call<Answer> extends Asked {
  make(services: Services, options: RpcOptions): Promise<Answer>;
}

interface Asked extends Named {
  /** Answered by a member alone, also by one that sees no leader. Default: false. */
  readonly local?: boolean;
}

/** How long a cluster without a leader is waited for: an election takes one to two of etcd's time-outs of 1 s. */
const leaderPatienceMs = 3000;
const backoffOptions = { firstMs: 50, mostMs: 500 };

interface AttemptOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
}

interface Answered<Answer> {
  readonly kind: "answered";
  readonly answer: Answer;
}

/** One way to make a call or open a stream: on which connection, with what beside it, and what its failure means. */
export interface Attempt {
  readonly connection: Connection;
  readonly rpcOptions: RpcOptions;
  /** What went wrong; a refused token is forgotten, a member without a leader left. */
  failed(thrown: unknown): Failure;
}

/** Every call to the cluster: a connection, a token, a deadline, and another attempt where that is safe. */
export class Calls {
  readonly #options: CallsOptions;

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  async call<Answer>(call: Call<Answer>, options: CallOptions = {}): Promise<Answer> {
    const { clock, random } = this.#options;
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs;
    const startedAt = clock.now();
    const backoff = new Backoff(backoffOptions, random);
    let last: SkylarkError | undefined;
    for (;;) {
      const remainingMs = startedAt + timeoutMs - clock.now();
      if (remainingMs <= 0) throw tooLate(call.what, timeoutMs, last);
      const outcome = await this.#once(call, { signal: options.signal, timeoutMs: remainingMs });
      if (outcome.kind === "answered") return outcome.answer;
      last = outcome.error;
      if (!isWorthwhile(outcome, call.repeatable, clock.now() - startedAt)) throw last;
      await pause(clock, backoff.next(), options.signal);
    }
  }

  /** A connection and what goes along with a call on it, within the time given. */
  async attempt(asked: Asked, { signal, timeoutMs }: AttemptOptions): Promise<Attempt> {
    const { members, token, clock } = this.#options;
    const { local = false } = asked;
    const startedAt = clock.now();
    const connection = members.connected ?? (await this.#within(members.connection(), asked, { signal, timeoutMs }));
    const known = token.known ?? { token: await this.#tokenOf(connection, asked, { signal, timeoutMs }) };
    if (signal?.aborted) throw SkylarkError.from(signal.reason, "cancelled");
    const remainingMs = wholeMs(timeoutMs - (clock.now() - startedAt));
    const headers = { ...(!local && { hasleader: "true" }), ...(known.token !== undefined && { token: known.token }) };
    return {
      connection,
      rpcOptions: { headers, timeoutMs: remainingMs, ...(signal && { signal }) },
      failed: (thrown) => {
        const failure = failureOf(thrown, connection, asked);
        if (failure.kind === "token refused") token.forget(known.token);
        if (failure.kind === "no leader" && members.count > 1) members.leave(connection, failure.error);
        return failure;
      },
    };
  }

  async #once<Answer>(call: Call<Answer>, options: AttemptOptions): Promise<Answered<Answer> | Failure> {
    let attempt: Attempt;
    try {
      attempt = await this.attempt(call, options);
    } catch (error) {
      if (SkylarkError.is(error, "unavailable") && !options.signal?.aborted) return { kind: "unavailable", error };
      throw error;
    }
    try {
      return { kind: "answered", answer: await call.make(attempt.connection.services, attempt.rpcOptions) };
    } catch (thrown) {
      if (options.signal?.aborted) throw SkylarkError.from(options.signal.reason, "cancelled");
      return attempt.failed(thrown);
    }
  }

  /** What a call is waiting for, no longer than the call may. */
  #within<Value>(promise: Promise<Value>, { what }: Asked, { signal, timeoutMs }: AttemptOptions): Promise<Value> {
    const { members, clock } = this.#options;
    const late = (): SkylarkError => tooLate(what, timeoutMs, members.failure);
    return within(promise, { clock, timeoutMs, signal, late });
  }

  async #tokenOf(connection: Connection, asked: Asked, options: AttemptOptions): Promise<string | undefined> {
    const refused = (thrown: unknown): never => {
      const { code, message, reason, cause } = failureOf(thrown, connection, { ...asked, repeatable: true }).error;
      throw new SkylarkError(code, message, { reason, cause, notExecuted: true });
    };
    const token = this.#options.token.of(connection, wholeMs(options.timeoutMs)).catch(refused);
    return this.#within(token, asked, options);
  }
}

/** gRPC's header knows no fractions; a server takes one for a broken request. */
function wholeMs(ms: number): number {
  return Math.max(1, Math.round(ms));
}

function isWorthwhile({ kind, error }: Failure, repeatable: boolean, spentMs: number): boolean {
  if (kind === "final") return false;
  if (kind === "no leader") return spentMs < leaderPatienceMs;
  return kind === "token refused" || repeatable || error.notExecuted;
}

function tooLate(what: string, timeoutMs: number, why: SkylarkError | undefined): SkylarkError {
  const because = why ? `: ${why.message}` : "";
  const message = `${what}: not done within ${Math.round(timeoutMs)} ms${because}`;
  return new SkylarkError("deadline_exceeded", message, { notExecuted: true, cause: why });
}

interface Limits {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly late: () => SkylarkError;
}

/** Stops waiting at the time-out or when told; what was waited for goes on. */
function within<Value>(promise: Promise<Value>, { clock, timeoutMs, signal, late }: Limits): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancelled = () => reject(SkylarkError.from(signal?.reason, "cancelled"));
    if (signal?.aborted) return cancelled();
    const timer = clock.after(timeoutMs, () => reject(late()), true);
    signal?.addEventListener("abort", cancelled, { once: true });
    void promise.then(resolve, reject).finally(() => {
      timer.cancel();
      signal?.removeEventListener("abort", cancelled);
    });
  });
}
