import { type Log, SkylarkError } from "@skylark/core";
import { Backoff, type Clock, pause, type Random, whenAborted } from "@skylark/core/internal";
import type { Attempt, Calls } from "../calls/calls.js";
import type { WatchRequest, WatchResponse } from "../generated/etcd_pb.js";
import { type KeyRange, rangeFields, rangeText } from "../kv/key-range.js";
import { type RevisionChanges, WholeRevisions } from "./whole-revisions.js";

export type WatchEvent =
  | ({ readonly kind: "changed" } & RevisionChanges)
  /** The history needed to go on is gone up to `compactRevision`. The watch has ended: read, and watch again. */
  | { readonly kind: "compacted"; readonly compactRevision: bigint }
  /** The cluster refuses it, for instance for lack of a permission. The watch has ended. */
  | { readonly kind: "failed"; readonly error: SkylarkError };

export interface WatchParts {
  readonly calls: Calls;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

type StreamEnd =
  | { readonly kind: "broken" }
  | { readonly kind: "compacted"; readonly compactRevision: bigint }
  | { readonly kind: "failed"; readonly error: SkylarkError };

const backoffOptions = { firstMs: 20, mostMs: 1000 };
/** How long one try to reach a member lasts before it begins anew; a watch itself has no deadline. */
const reachMs = 30_000;
const refused = new Set(["permission_denied", "unauthenticated", "invalid_argument", "unimplemented"]);

/**
 * Watches a range from a revision on, over whatever connections, and misses nothing: after a break it goes on at the revision
 * after the last whole one. Each watch is a stream of its own.
 */
export class Watch {
  readonly #range: KeyRange;
  readonly #parts: WatchParts;
  readonly #tell: (event: WatchEvent) => void;
  readonly #closing = new AbortController();
  readonly #backoff: Backoff;
  #nextRevision: bigint;

  /** @param fromRevision the first to be told. */
  constructor(range: KeyRange, fromRevision: bigint, parts: WatchParts, tell: (event: WatchEvent) => void) {
    this.#range = range;
    this.#nextRevision = fromRevision;
    this.#parts = parts;
    this.#tell = tell;
    this.#backoff = new Backoff(backoffOptions, parts.random);
    void this.#run();
  }

  /** Nothing is told afterwards. */
  close(): void {
    this.#closing.abort();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      const end = await this.#stream();
      if (this.#isClosed) return;
      if (end.kind !== "broken") {
        this.close();
        return this.#say(end);
      }
      await pause(this.#parts.clock, this.#backoff.next(), this.#closing.signal);
    }
  }

  /** One stream, from its beginning to its end. */
  async #stream(): Promise<StreamEnd> {
    const what = `watch ${rangeText(this.#range)}`;
    const stream = new AbortController();
    const end = () => stream.abort();
    this.#closing.signal.addEventListener("abort", end, { once: true });
    let attempt: Attempt | undefined;
    try {
      attempt = await this.#parts.calls.attempt(
        { what, repeatable: true },
        { signal: this.#closing.signal, timeoutMs: reachMs },
      );
      const { headers } = attempt.rpcOptions;
      const rpcOptions = { signal: stream.signal, headers };
      const responses = attempt.connection.services.watch.watch(this.#requests(stream.signal), rpcOptions);
      return await this.#follow(responses, what);
    } catch (thrown) {
      if (this.#isClosed) return { kind: "broken" };
      const error = attempt ? attempt.failed(thrown).error : SkylarkError.from(thrown, "unavailable");
      this.#parts.log("debug", error.message);
      return refused.has(error.code) ? { kind: "failed", error } : { kind: "broken" };
    } finally {
      this.#closing.signal.removeEventListener("abort", end);
      end();
    }
  }

  async #follow(responses: AsyncIterable<WatchResponse>, what: string): Promise<StreamEnd> {
    const revisions = new WholeRevisions();
    for await (const response of responses) {
      if (this.#isClosed) break;
      if (response.canceled) return cancelled(response, what);
      this.#backoff.reset();
      for (const changes of revisions.take(response)) {
        this.#nextRevision = changes.revision + 1n;
        this.#say({ kind: "changed", ...changes });
        if (this.#isClosed) break;
      }
    }
    return { kind: "broken" };
  }

  /** Asks once, then keeps its side of the stream open. */
  async *#requests(signal: AbortSignal): AsyncGenerator<Pick<WatchRequest, "requestUnion">> {
    const value = { ...rangeFields(this.#range), startRevision: this.#nextRevision, fragment: true };
    yield { requestUnion: { case: "createRequest", value } } as Pick<WatchRequest, "requestUnion">;
    await whenAborted(signal);
  }

  #say(event: WatchEvent): void {
    try {
      this.#tell(event);
    } catch (error) {
      this.#parts.log("error", `the listener of a watch on ${rangeText(this.#range)} threw`, { error });
    }
  }
}

function cancelled({ compactRevision, cancelReason }: WatchResponse, what: string): StreamEnd {
  if (compactRevision > 0n) return { kind: "compacted", compactRevision };
  if (!/permission|auth/i.test(cancelReason)) return { kind: "broken" };
  const message = `${what}: etcd says "${cancelReason}"`;
  return { kind: "failed", error: new SkylarkError("permission_denied", message) };
}
