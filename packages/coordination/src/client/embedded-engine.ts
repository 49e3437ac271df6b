import { SkylarkError } from "@skylark/core";
import type { MessageStream } from "@skylark/rpc";
import { defaultTimeoutMs, type Engine, type Written } from "../engine/engine.js";
import { SessionListeners } from "../engine/session-listeners.js";
import { closedError } from "../engine/store-client.js";
import type { Entry, OperationOptions, ReadOptions, SessionStatus, StoreStatus, Watch, WatchEvent } from "../port.js";
import { entryFrom, errorFrom } from "../protocol/host-message.js";
import type { CallRequest, HostMessage, KnownSession, WriteResult } from "../protocol/messages.js";
import type { StoredOperation } from "../state/operation.js";
import { Calls } from "./calls.js";
import type { CallAnswer } from "./pending-call.js";
import { Session, type SessionOptions, type SessionOwner } from "./session.js";
import { Watches } from "./watches.js";

/** Any key will do: reading it takes an answer. */
const statusKey = "/skylark";

/** The embedded store, from any process of the machine. */
export class EmbeddedEngine implements Engine, SessionOwner {
  readonly listeners: SessionListeners;
  readonly #session: Session;
  readonly #calls: Calls;
  readonly #watches: Watches;
  readonly #describe: (known: KnownSession | undefined) => StoreStatus;

  /** @param describe what is known of the store, given who hosts it. */
  constructor(options: SessionOptions, describe: (known: KnownSession | undefined) => StoreStatus) {
    const { clock, log } = options;
    this.listeners = new SessionListeners(log);
    this.#describe = describe;
    this.#calls = new Calls(clock);
    this.#watches = new Watches(log);
    this.#session = new Session(options, this);
  }

  /** Settles with the first session, or with why there is none. */
  get opened(): Promise<void> {
    return this.#session.opened;
  }

  /** Why the store cannot be reached now, as far as that is known. */
  get failure(): SkylarkError | undefined {
    return this.#session.failure;
  }

  get session(): SessionStatus {
    return this.#session.status;
  }

  get sessionRemainingMs(): number {
    return this.#session.remainingMs;
  }

  async get(key: string, options: ReadOptions): Promise<Entry | undefined> {
    const answer = await this.#call({ kind: "get", key }, options, key);
    return answer.kind === "entry" && answer.entry ? entryFrom(answer.entry) : undefined;
  }

  async list(parent: string, options: ReadOptions): Promise<Entry[]> {
    const answer = await this.#call({ kind: "list", parent }, options, parent);
    return answer.kind === "entries" ? answer.entries.map(entryFrom) : [];
  }

  async children(parent: string, options: ReadOptions): Promise<string[]> {
    const answer = await this.#call({ kind: "children", parent }, options, parent);
    return answer.kind === "names" ? [...answer.names] : [];
  }

  async write(operations: readonly StoredOperation[], options: OperationOptions): Promise<Written[]> {
    const keys = operations.map(({ key }) => key).join(", ");
    const answer = await this.#call({ kind: "write", operations }, options, keys);
    const results = answer.kind === "written" ? answer.results : [];
    return operations.map((operation, index) => writtenBy(operation, results[index]));
  }

  async status(options: OperationOptions): Promise<StoreStatus> {
    await this.get(statusKey, { ...options, fresh: true }); // whether anybody is there at all
    return this.#describe(this.#session.known);
  }

  watch(prefix: string, listener: (event: WatchEvent) => void): Watch {
    return this.#watches.open(prefix, listener);
  }

  async close(): Promise<void> {
    this.#calls.close(new SkylarkError("cancelled", "this client of the store was closed"));
    this.#watches.close();
    await this.#session.close();
  }

  connected(stream: MessageStream): void {
    this.#watches.resume(stream);
    this.#calls.resume(stream);
  }

  writable(): void {
    this.#calls.pump();
  }

  paused(): void {
    this.#calls.pause();
  }

  disconnected(): void {
    this.#watches.lost();
    this.#calls.lost();
  }

  received(message: HostMessage): void {
    if ("call" in message) this.#calls.answered(message);
    else if ("watch" in message) this.#watches.received(message);
  }

  statusChanged(status: SessionStatus): void {
    this.listeners.tell(status);
  }

  /** Errors are made here, behind the await of whoever called, so that their stack names the caller. */
  async #call(request: CallRequest, options: OperationOptions, what: string): Promise<CallAnswer> {
    const { signal, timeoutMs = defaultTimeoutMs } = options;
    const end = await this.#calls.make(request, { signal, timeoutMs });
    switch (end.kind) {
      case "answered":
        if (end.answer.kind === "failed") throw errorFrom(end.answer);
        return end.answer;
      case "lost":
        throw new SkylarkError(
          "unavailable",
          `the connection to the store was lost while ${what} was written: it may have happened. Read before writing again`,
          { reason: "CONNECTION_LOST", cause: this.#session.failure },
        );
      case "timed out":
        throw this.#timedOut(request, what, timeoutMs, end.sent);
      case "cancelled":
        throw SkylarkError.from(end.reason, "cancelled");
      case "closed":
        throw closedError();
    }
  }

  #timedOut({ kind }: CallRequest, what: string, timeoutMs: number, sent: boolean): SkylarkError {
    const { failure } = this.#session;
    const why = failure ? `: ${failure.message}` : `, session ${this.session.kind}`;
    const message = `${kind} ${what}: no answer from the store within ${timeoutMs} ms${why}`;
    return new SkylarkError("deadline_exceeded", message, { notExecuted: !sent, cause: failure });
  }
}

function writtenBy(operation: StoredOperation, result: WriteResult | undefined): Written {
  if (typeof result === "boolean") return result;
  if (!result || !("json" in operation)) return undefined;
  const { key, json } = operation;
  return entryFrom({ key, json, ...result });
}
