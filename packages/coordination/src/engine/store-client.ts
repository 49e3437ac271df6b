import { SkylarkError } from "@skylark/core";
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
import { checkKey, checkPrefix } from "../state/key.js";
import { checkOperations, type StoredOperation, storedOperation } from "../state/operation.js";
import type { Engine, Written } from "./engine.js";

/** The port, on any engine: looks at arguments, makes one write of each way to write, and closes once. */
export class StoreClient implements Coordination {
  readonly #engine: Engine;
  #closing: Promise<void> | undefined;

  /** @param engine is owned from here on. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get session(): SessionStatus {
    return this.#engine.session;
  }

  get sessionRemainingMs(): number {
    return this.#engine.sessionRemainingMs;
  }

  onSession(listener: (status: SessionStatus) => void): () => void {
    return this.#engine.listeners.add(listener);
  }

  async get(key: string, options: ReadOptions = {}): Promise<Entry | undefined> {
    checkKey(key);
    this.#refuseClosed();
    return await this.#engine.get(key, options);
  }

  async list(parent: string, options: ReadOptions = {}): Promise<Entry[]> {
    checkPrefix(parent);
    this.#refuseClosed();
    return await this.#engine.list(parent, options);
  }

  async children(parent: string, options: ReadOptions = {}): Promise<string[]> {
    checkPrefix(parent);
    this.#refuseClosed();
    return await this.#engine.children(parent, options);
  }

  async create(key: string, value: Json, options: OperationOptions & { ephemeral?: boolean } = {}): Promise<Entry> {
    const { ephemeral = false } = options;
    const [entry] = await this.multi([{ kind: "create", key, value, ephemeral }], options);
    return entry as Entry;
  }

  async put(key: string, value: Json, options: PutOptions = {}): Promise<Entry> {
    const { revision } = options;
    const operation = { kind: "put", key, value, ...(revision !== undefined && { revision }) } as const;
    const [entry] = await this.multi([operation], options);
    return entry as Entry;
  }

  async delete(key: string, options: PutOptions = {}): Promise<boolean> {
    const [found] = await this.#write([{ kind: "delete", key, revision: options.revision }], options);
    return found === true;
  }

  async multi(operations: readonly Operation[], options: OperationOptions = {}): Promise<Entry[]> {
    this.#refuseClosed();
    const results = await this.#write(operations.map(storedOperation), options);
    return results.filter((result): result is Entry => typeof result === "object");
  }

  async status(options: OperationOptions = {}): Promise<StoreStatus> {
    this.#refuseClosed();
    return await this.#engine.status(options);
  }

  watch(prefix: string, listener: (event: WatchEvent) => void): Watch {
    checkPrefix(prefix);
    this.#refuseClosed();
    return this.#engine.watch(prefix, listener);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#engine.close();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #write(operations: readonly StoredOperation[], options: OperationOptions): Promise<readonly Written[]> {
    checkOperations(operations);
    this.#refuseClosed();
    return operations.length === 0 ? [] : await this.#engine.write(operations, options);
  }

  #refuseClosed(): void {
    if (this.session.kind === "closed") throw closedError();
  }
}

export function closedError(): SkylarkError {
  return new SkylarkError("failed_precondition", "this client of the store was closed", { notExecuted: true });
}
