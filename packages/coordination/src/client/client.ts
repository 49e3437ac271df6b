import { type Log, SkylarkError } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import type { MessageStream } from "@skylark/rpc";
import type {
  Coordination,
  Entry,
  Json,
  Operation,
  OperationOptions,
  PutOptions,
  ReadOptions,
  SessionStatus,
  StoreStatus,
  Watch,
  WatchEvent,
} from "../port.js";
import { entryFrom, errorFrom } from "../protocol/host-message.js";
import type { CallRequest, HostMessage, KnownSession, WriteResult } from "../protocol/messages.js";
import { checkKey, checkPrefix } from "../state/key.js";
import { checkOperations, type StoredOperation, storedOperation } from "../state/operation.js";
import { Calls } from "./calls.js";
import type { CallAnswer } from "./pending-call.js";
import { Session, type SessionOptions, type SessionOwner } from "./session.js";
import { Watches } from "./watches.js";

/** Default of `timeoutMs`: longer than a take-over of the host takes, shorter than a person waits. */
const defaultTimeoutMs = 5000;

/** Any key will do: reading it takes an answer. */
const statusKey = "/skylark";

/** The embedded store, from any process of the machine. */
export class CoordinationClient implements Coordination, SessionOwner {
  readonly #session: Session;
  readonly #calls: Calls;
  readonly #watches: Watches;
  readonly #listeners = new Set<(status: SessionStatus) => void>();
  readonly #log: Log;
  readonly #describe: (known: KnownSession | undefined) => StoreStatus;
  #closing: Promise<void> | undefined;

  /** @param describe what is known of the store, given who hosts it. */
  constructor(options: SessionOptions, describe: (known: KnownSession | undefined) => StoreStatus) {
    const { clock, log }: { clock: Clock; log: Log } = options;
    this.#describe = describe;
    this.#log = log;
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

  onSession(listener: (status: SessionStatus) => void): () => void {
    const own = (status: SessionStatus) => listener(status); // the same function given twice is two listeners
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  async get(key: string, options: ReadOptions = {}): Promise<Entry | undefined> {
    checkKey(key);
    const answer = await this.#call({ kind: "get", key }, options, key);
    return answer.kind === "entry" && answer.entry ? entryFrom(answer.entry) : undefined;
  }

  async list(parent: string, options: ReadOptions = {}): Promise<Entry[]> {
    checkPrefix(parent);
    const answer = await this.#call({ kind: "list", parent }, options, parent);
    return answer.kind === "entries" ? answer.entries.map(entryFrom) : [];
  }

  async children(parent: string, options: ReadOptions = {}): Promise<string[]> {
    checkPrefix(parent);
    const answer = await this.#call({ kind: "children", parent }, options, parent);
    return answer.kind === "names" ? [...answer.names] : [];
  }

  async create(key: string, value: Json, options: OperationOptions & { ephemeral?: boolean } = {}): Promise<Entry> {
    const [entry] = await this.multi([{ kind: "create", key, value, ephemeral: options.ephemeral ?? false }], options);
    return entry as Entry;
  }

  async put(key: string, value: Json, options: PutOptions = {}): Promise<Entry> {
    const { revision } = options;
    const [entry] = await this.multi(
      [{ kind: "put", key, value, ...(revision !== undefined && { revision }) }],
      options,
    );
    return entry as Entry;
  }

  async delete(key: string, options: PutOptions = {}): Promise<boolean> {
    const [found] = await this.#write([{ kind: "delete", key, revision: options.revision }], options);
    return found === true;
  }

  async multi(operations: readonly Operation[], options: OperationOptions = {}): Promise<Entry[]> {
    this.#refuseClosed();
    const stored = operations.map(storedOperation);
    const results = await this.#write(stored, options);
    return stored.flatMap((operation, index) => {
      const result = results[index];
      if (!("json" in operation) || typeof result !== "object" || !result) return [];
      return [entryFrom({ key: operation.key, json: operation.json, ...result })];
    });
  }

  async status(options: OperationOptions = {}): Promise<StoreStatus> {
    await this.get(statusKey, { ...options, fresh: true }); // whether anybody is there at all
    return this.#describe(this.#session.known);
  }

  watch(prefix: string, listener: (event: WatchEvent) => void): Watch {
    checkPrefix(prefix);
    this.#refuseClosed();
    return this.#watches.open(prefix, listener);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
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
    for (const listener of this.#listeners) {
      try {
        listener(status);
      } catch (error) {
        this.#log("error", `a listener of the session threw at "${status.kind}"`, { error });
      }
    }
  }

  async #close(): Promise<void> {
    this.#calls.close(new SkylarkError("cancelled", "this client of the store was closed"));
    this.#watches.close();
    await this.#session.close();
  }

  async #write(operations: readonly StoredOperation[], options: OperationOptions): Promise<readonly WriteResult[]> {
    checkOperations(operations);
    if (operations.length === 0) return [];
    const answer = await this.#call(
      { kind: "write", operations },
      options,
      operations.map(({ key }) => key).join(", "),
    );
    return answer.kind === "written" ? answer.results : [];
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

  #refuseClosed(): void {
    if (this.#session.status.kind === "closed") throw closedError();
  }
}

function closedError(): SkylarkError {
  return new SkylarkError("failed_precondition", "this client of the store was closed", { notExecuted: true });
}
