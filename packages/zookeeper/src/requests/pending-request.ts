import { SkylarkError } from "@skylark/core";
import { type Deferred, deferred, TimerWheelEntry } from "@skylark/core/internal";
import type { Exchange } from "../connection/exchange.js";
import type { JuteReader } from "../wire/jute-reader.js";
import type { Operation } from "../wire/operation.js";
import { connectionLost, refusedByServer } from "../zookeeper-error.js";

export interface RequestSubject<Reply> {
  readonly operation: Operation<never, Reply>;
  /** As the user knows it; nothing for operations without one. */
  readonly path: string | undefined;
  /** Called as the answer comes, before anything that came after it, if somebody still waits for it. 0: it succeeded. */
  readonly answered?: ((error: number) => void) | undefined;
  /** Called once, when nothing is to come any more. */
  readonly ended?: (() => void) | undefined;
}

type RequestState =
  | { kind: "waiting" }
  | { kind: "sent" }
  /** Its caller was told something else; the answer still comes, and counts until then. */
  | { kind: "abandoned" }
  | { kind: "settled" };

/** A request from the call to its answer. The promise is the caller's; the request itself lives until it is answered. */
export class PendingRequest<Reply> extends TimerWheelEntry implements Exchange {
  readonly packet: Buffer;
  readonly xid = undefined;
  readonly #subject: RequestSubject<Reply>;
  readonly #timeoutMs: number;
  readonly #outcome: Deferred<Reply> = deferred<Reply>();
  #state: RequestState = { kind: "waiting" };
  /** Set by the desk: called once, when nothing is to come any more. */
  onEnd: () => void = () => {};

  constructor(subject: RequestSubject<Reply>, packet: Buffer, timeoutMs: number) {
    super();
    this.#subject = subject;
    this.packet = packet;
    this.#timeoutMs = timeoutMs;
  }

  get outcome(): Promise<Reply> {
    return this.#outcome.promise;
  }

  /** Operation and path, for messages. */
  get what(): string {
    const { operation, path } = this.#subject;
    return path === undefined ? operation.name : `${operation.name} ${path}`;
  }

  get isWaiting(): boolean {
    return this.#state.kind === "waiting";
  }

  sent(): void {
    if (this.#state.kind === "waiting") this.#state = { kind: "sent" };
  }

  replied(error: number, body: JuteReader): void {
    const wasAwaited = this.#end();
    const { operation, path, answered } = this.#subject;
    try {
      const reply = error === 0 ? operation.read(body) : undefined;
      if (!wasAwaited) return;
      answered?.(error);
      if (error === 0) this.#outcome.resolve(reply as Reply);
      else this.#outcome.reject(refusedByServer(error, this.what, path === undefined ? {} : { path }));
    } catch (thrown) {
      this.#outcome.reject(connectionLost(this.what, SkylarkError.from(thrown)));
      throw thrown;
    }
  }

  lost(cause: SkylarkError): void {
    this.fail(
      cause.code === "cancelled" || cause.code === "unauthenticated" ? cause : connectionLost(this.what, cause),
    );
  }

  /** Fails it now, whatever it waits for. */
  fail(error: SkylarkError): void {
    if (this.#state.kind !== "settled" && this.#end()) this.#outcome.reject(error);
  }

  override timedOut(): void {
    const isWaiting = this.#state.kind === "waiting";
    const where = isWaiting ? "was not sent, for want of a connection" : "may have happened";
    this.#giveUp(
      new SkylarkError("deadline_exceeded", `${this.what}: no answer within ${this.#timeoutMs} ms; it ${where}`, {
        details: { zookeeper: "operation_timeout" },
        notExecuted: isWaiting,
      }),
    );
  }

  /** The caller does not wait any longer. */
  abort(reason: unknown): void {
    const { code, message } = SkylarkError.from(reason, "cancelled");
    this.#giveUp(
      new SkylarkError(code, `${this.what}: ${message}`, {
        cause: reason,
        notExecuted: this.#state.kind === "waiting",
      }),
    );
  }

  #giveUp(error: SkylarkError): void {
    if (this.#state.kind === "waiting") return this.fail(error);
    if (this.#state.kind !== "sent") return;
    this.#state = { kind: "abandoned" };
    this.#outcome.reject(error);
  }

  /** Whether somebody still waits. */
  #end(): boolean {
    const wasAwaited = this.#state.kind !== "abandoned";
    this.#state = { kind: "settled" };
    this.onEnd();
    this.#subject.ended?.();
    return wasAwaited;
  }
}
