import { errorCodeOf, SkylarkError } from "@skylark/core";
import type { AmbientCall, Metadata } from "../call-context.js";
import type { CallerIdentity } from "../wire/handshake.js";
import type { CallFacts } from "./thread-messages.js";

/** Where a call sees, without a turn of its event loop, that it is cancelled. */
export interface CancelFlag {
  readonly flags: Int32Array;
  /** Of the number that holds the id of the cancelled call; the code follows. */
  readonly at: number;
  /** The call's own. */
  readonly id: number;
}

/** A call as its handler sees it on a thread. */
export class ThreadCall implements AmbientCall {
  readonly service: string;
  readonly method: string;
  readonly caller: CallerIdentity;
  readonly peer: string;
  readonly attempt: number;
  readonly descendsFromRetry: boolean;
  readonly requestId: string | undefined;
  readonly metadata: Metadata;
  readonly deadlineAt: number;
  readonly #flag: CancelFlag;
  readonly #listeners = new Set<(why: SkylarkError) => void>();
  #aborted: SkylarkError | undefined = undefined;
  #controller: AbortController | undefined = undefined;

  constructor(service: string, facts: CallFacts, flag: CancelFlag) {
    this.service = service;
    this.method = facts.method;
    this.caller = facts.caller;
    this.peer = facts.peer;
    this.attempt = facts.attempt;
    this.descendsFromRetry = facts.descendsFromRetry;
    this.requestId = facts.requestId;
    this.metadata = facts.metadata;
    this.deadlineAt = performance.now() + (facts.remainingMs ?? Number.POSITIVE_INFINITY);
    this.#flag = flag;
  }

  get remainingMs(): number {
    return Math.max(0, this.deadlineAt - performance.now());
  }

  get aborted(): SkylarkError | undefined {
    this.#look();
    return this.#aborted;
  }

  /** Asking it looks at the flag, so that a loop which never waits can ask it, and then ends like any other handler. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      lookFirst(this.#controller.signal, () => this.#look());
      if (this.#aborted) this.#controller.abort(this.#aborted);
    }
    this.#look();
    return this.#controller.signal;
  }

  onAborted(listener: (why: SkylarkError) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  abort(why: SkylarkError): void {
    if (this.#aborted) return;
    this.#aborted = why;
    this.#controller?.abort(why);
    for (const listener of [...this.#listeners]) listener(why);
  }

  #look(): void {
    const { flags, at, id } = this.#flag;
    if (this.#aborted || Atomics.load(flags, at) !== id) return;
    const code = errorCodeOf(Atomics.load(flags, at + 1));
    this.abort(new SkylarkError(code, `${this.service}.${this.method}: nobody waits for the answer any more`));
  }
}

/** The signal tells what `look` finds, at the moment it is asked. */
function lookFirst(signal: AbortSignal, look: () => void): void {
  Object.defineProperties(signal, {
    aborted: {
      get: (): boolean => {
        look();
        return Reflect.get(AbortSignal.prototype, "aborted", signal);
      },
    },
    throwIfAborted: {
      value: (): void => {
        look();
        AbortSignal.prototype.throwIfAborted.call(signal);
      },
    },
  });
}
