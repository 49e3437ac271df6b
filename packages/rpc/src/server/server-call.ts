import { type ErrorCode, SkylarkError } from "@skylark/core";
import { type Clock, TimerWheelEntry } from "@skylark/core/internal";
import { type Metadata, requestIdKey, requestIdLettersMax } from "../call-context.js";
import type { CallerIdentity } from "../wire/handshake.js";
import type { OfferedMethod } from "./offer.js";
import type { StartableCall } from "./stack.js";

/** What a server call needs of the connection that it came by, which owns it. */
export interface ServerCallOwner {
  readonly clock: Clock;
  readonly caller: CallerIdentity;
  readonly peer: string;
  /** The deadline passed: the call is answered, whatever its handler does. */
  timedOut(call: ServerCall): void;
}

const noMetadata: Metadata = Object.freeze({});

/** A call being served. One object: its deadline on the wheel, and what its handler sees. */
export class ServerCall extends TimerWheelEntry implements StartableCall {
  readonly offered: OfferedMethod;
  readonly stream: number;
  readonly attempt: number;
  readonly descendsFromRetry: boolean;
  readonly arrivedAt: number;
  readonly deadlineAt: number;
  metadata: Metadata = noMetadata;
  aborted: SkylarkError | undefined = undefined;
  started = false;
  /** Nobody waits for an answer any more, or it was given. */
  answered = false;
  readonly #owner: ServerCallOwner;
  #controller: AbortController | undefined = undefined;
  #listeners: Set<(why: SkylarkError) => void> | undefined = undefined;

  constructor(
    owner: ServerCallOwner,
    offered: OfferedMethod,
    stream: number,
    attempt: number,
    descendsFromRetry: boolean,
    arrivedAt: number,
    deadlineAt: number,
  ) {
    super();
    this.#owner = owner;
    this.offered = offered;
    this.stream = stream;
    this.attempt = attempt;
    this.descendsFromRetry = descendsFromRetry;
    this.arrivedAt = arrivedAt;
    this.deadlineAt = deadlineAt;
    offered.figures.began();
  }

  /** It is answered, or nobody waits for it any more: once. `code`: undefined where it came to a result. */
  end(code: ErrorCode | undefined): void {
    this.answered = true;
    this.offered.figures.ended(this.#owner.clock.now() - this.arrivedAt, code);
  }

  get service(): string {
    return this.offered.offer.service.name;
  }

  get method(): string {
    return this.offered.entry.name;
  }

  get caller(): CallerIdentity {
    return this.#owner.caller;
  }

  get peer(): string {
    return this.#owner.peer;
  }

  get requestId(): string | undefined {
    const id = this.metadata[requestIdKey];
    return id && id.length <= requestIdLettersMax ? id : undefined;
  }

  get remainingMs(): number {
    return Math.max(0, this.deadlineAt - this.#owner.clock.now());
  }

  /** Made when first asked for: most handlers never look. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.aborted);
    }
    return this.#controller.signal;
  }

  onAborted(listener: (why: SkylarkError) => void): () => void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    return () => void this.#listeners?.delete(listener);
  }

  abort(why: SkylarkError): void {
    if (this.aborted) return;
    this.aborted = why;
    this.#controller?.abort(why);
    const listeners = this.#listeners;
    this.#listeners = undefined;
    for (const listener of listeners ?? []) listener(why);
  }

  override timedOut(): void {
    this.abort(
      new SkylarkError("deadline_exceeded", `${this.service}.${this.method}: the caller's deadline has passed`),
    );
    this.#owner.timedOut(this);
  }
}
