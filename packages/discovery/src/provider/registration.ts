import type { Coordination, Json, WatchEvent } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import { type Deferred, deferred } from "@skylark/core/internal";
import type { KeepingOptions } from "../entry/keeping.js";
import { lastSeen } from "../entry/last-seen.js";
import { OwnedEntry } from "../entry/owned-entry.js";
import type { OwnedEntryStatus } from "../entry/owned-entry-state.js";
import { type Layout, layout } from "../layout.js";
import { type InstanceRecord, readInstance } from "../record/instance.js";
import { type InstanceOverride, readOverride } from "../record/override.js";
import { Rotation } from "./rotation.js";

export interface RegistrationOptions extends KeepingOptions {
  /** The instance came into rotation, or left it: once per transition, in order. */
  readonly onTransition: (registered: boolean) => void;
}

export interface RegistrationStatus extends OwnedEntryStatus {
  /** Whether it is in rotation: its own word, and that of an override over it. */
  readonly registered: boolean;
}

type RegistrationState =
  | { readonly kind: "idle" }
  | { readonly kind: "active"; readonly overrideKnown: Deferred<void>; readonly closeWatch: () => void }
  | { readonly kind: "leaving"; readonly done: Promise<void> };

/**
 * One service of this instance, listed for whoever looks for it, until it leaves. The entry repairs itself (`OwnedEntry`);
 * what others say of the instance is heard here and told as transitions. Whoever starts it ends it by `leave`.
 */
export class Registration {
  readonly #coordination: Coordination;
  readonly #options: RegistrationOptions;
  readonly #entry: OwnedEntry;
  readonly #keys: Layout;
  readonly #key: string;
  readonly #overrideKey: string;
  readonly #rotation: Rotation;
  #record: InstanceRecord;
  #override: InstanceOverride | undefined;
  #state: RegistrationState = { kind: "idle" };

  /** Fails `invalid_argument` where the record holds what no directory would take. */
  constructor(coordination: Coordination, cluster: string, record: InstanceRecord, options: RegistrationOptions) {
    const { id, service, address, nonce } = record;
    this.#keys = layout(cluster);
    this.#coordination = coordination;
    this.#options = options;
    this.#key = this.#keys.instance(service, address, id);
    this.#overrideKey = this.#keys.override(service, id);
    this.#record = readInstance(this.#keys, this.#key, record);
    this.#rotation = new Rotation((registered) => this.#tell(registered));
    this.#entry = new OwnedEntry(coordination, {
      ...options,
      key: this.#key,
      nonce,
      value: jsonOf(this.#record),
      what: `instance ${id} of "${service}"`,
      onListed: (value) => this.#rotation.listed((value as unknown as InstanceRecord).registered),
    });
  }

  get status(): RegistrationStatus {
    return { ...this.#entry.status, registered: this.#rotation.registered };
  }

  /** Resolves when it is listed for the first time. The store being away delays it; rejects where it is refused for good. */
  async start(): Promise<void> {
    if (this.#state.kind !== "idle") throw new SkylarkError("failed_precondition", "a registration starts once");
    const watch = this.#coordination.watch(this.#overrideKey, (event) => this.#heard(event));
    const active = { kind: "active", overrideKnown: deferred(), closeWatch: () => watch.close() } as const;
    this.#state = active;
    try {
      await Promise.all([this.#entry.start(), active.overrideKnown.promise]);
    } catch (thrown) {
      watch.close();
      throw thrown;
    }
  }

  /** Changes what it says of itself. Resolves when the store holds it; `failed_precondition` once it is leaving. */
  async update(change: Partial<Pick<InstanceRecord, "registered" | "weight" | "tags">>): Promise<void> {
    const { registered, weight, tags } = change;
    const record = {
      ...this.#record,
      ...(registered === undefined ? {} : { registered }),
      ...(weight === undefined ? {} : { weight }),
      ...(tags === undefined ? {} : { tags }),
    };
    this.#record = readInstance(this.#keys, this.#key, record);
    await this.#entry.set(jsonOf(this.#record));
  }

  /**
   * Says that it is leaving, and goes: whoever sees it believes it at once. Resolves when it is gone from the store, or
   * after 5 s without one. Never rejects; further calls answer the same.
   */
  leave(): Promise<void> {
    if (this.#state.kind === "leaving") return this.#state.done;
    const closeWatch = this.#state.kind === "active" ? this.#state.closeWatch : undefined;
    const done = this.#leave();
    this.#state = { kind: "leaving", done };
    closeWatch?.();
    return done;
  }

  async #leave(): Promise<void> {
    await this.#entry.leave(jsonOf({ ...this.#record, state: "leaving" }));
    this.#rotation.left();
    if (this.#override) await this.#dropOverride();
  }

  /** Nobody will ever have this id again: what others said of it goes with it. */
  async #dropOverride(): Promise<void> {
    try {
      await this.#coordination.delete(this.#overrideKey);
    } catch (thrown) {
      this.#options.log("debug", `the override ${this.#overrideKey} outlives its instance`, { why: String(thrown) });
    }
  }

  #heard(event: WatchEvent): void {
    if (this.#state.kind !== "active") return;
    const seen = lastSeen(event, this.#overrideKey);
    if (!seen) return;
    try {
      this.#override = seen.entry && readOverride(seen.entry.value);
      this.#rotation.overridden(this.#override?.registered);
    } catch (thrown) {
      this.#options.log("warn", `the override ${this.#overrideKey} is not understood`, { why: String(thrown) });
      this.#rotation.overridden(undefined);
    }
    this.#state.overrideKnown.resolve();
  }

  #tell(registered: boolean): void {
    try {
      this.#options.onTransition(registered);
    } catch (thrown) {
      const { service } = this.#record;
      this.#options.log("error", `whoever was told of a transition of "${service}" threw`, { why: String(thrown) });
    }
  }
}

function jsonOf(record: InstanceRecord): Json {
  return record as unknown as Json; // text, numbers, flags and lists of text: nothing that JSON cannot say
}
