import { type Coordination, openCoordination, type SessionStatus } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import { detached } from "@skylark/rpc";
import type { RuntimeSettings } from "../settings/runtime-settings.js";

type StoreState =
  | { readonly kind: "unopened" }
  | { readonly kind: "opening"; readonly opened: Promise<Coordination> }
  | { readonly kind: "open"; readonly opened: Promise<Coordination>; readonly coordination: Coordination };

/** The store as one process uses it: opened when it is first needed. Owned by its application. */
export class ProcessStore {
  readonly #settings: RuntimeSettings;
  readonly #log: Log;
  #state: StoreState = { kind: "unopened" };

  constructor(settings: RuntimeSettings, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  /** How the session is; `none` as long as nobody needed the store. */
  get session(): SessionStatus["kind"] | "none" {
    if (this.#state.kind === "open") return this.#state.coordination.session.kind;
    return this.#state.kind === "opening" ? "connecting" : "none";
  }

  /** The store, or, while it is away, what will be its client once it is back. */
  async open(): Promise<Coordination> {
    // whoever needs it first may be serving a call: what is opened here outlives that
    if (this.#state.kind === "unopened") this.#state = { kind: "opening", opened: detached(() => this.#open()) };
    return await this.#state.opened;
  }

  async close(): Promise<void> {
    if (this.#state.kind === "unopened") return;
    const coordination = await this.#state.opened.catch(() => undefined);
    await coordination?.close();
  }

  #open(): Promise<Coordination> {
    const { coordination: url, home, sessionTtlMs: ttlMs } = this.#settings;
    const opened = openCoordination({ url, home, ttlMs, opens: "later", log: this.#log });
    opened.then(
      (coordination) => {
        this.#state = { kind: "open", opened, coordination };
      },
      () => {
        this.#state = { kind: "unopened" }; // the next one may try again
      },
    );
    return opened;
  }
}
