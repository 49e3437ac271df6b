import type { Balancer } from "@skylark/balance";
import type { Coordination } from "@skylark/coordination";
import { type Log, SkylarkError } from "@skylark/core";
import { deferred, systemClock, type Timer } from "@skylark/core/internal";
import {
  DirectoryWatch,
  explainAbsence,
  type LifeSigns,
  type Selector,
  SnapshotKeeper,
  type Snapshots,
  select,
} from "@skylark/discovery/internal";
import type { CallOptions } from "@skylark/rpc";
import type { Channel, RpcClient } from "@skylark/rpc/internal";
import type { Need } from "./requirements.js";
import { within } from "./within.js";

/** Options of a single call: those of the call itself, and which instances it may go to. */
export type ServiceCallOptions = CallOptions & Selector;

/** What a consumed service gets from the application that calls it. */
export interface ConsumedServiceParts {
  readonly coordination: Coordination;
  readonly cluster: string;
  readonly client: RpcClient;
  /** This process's word that it needs the service; released with it. */
  readonly need: Need;
  /** Where it is written down whom this machine can call; undefined where that is switched off. */
  readonly snapshots: Snapshots | undefined;
  /** Where a client brings none of its own. */
  readonly balancer: Balancer;
  /** Of calls that name none. */
  readonly timeoutMs: number;
  readonly log: Log;
}

interface Selected {
  readonly channel: Channel;
  readonly selector: Selector;
}

/** A store that is in touch has so long to say which instances there are; one that is not gets no time. */
const storePatienceMs = 1000;

/** Each choice of instances costs memory for as long as the process runs; whoever makes so many builds them from data. */
const selectionsMax = 1024;

/** A service while this process calls it: one watch, and a channel for each choice of instances that is in use. */
export class ConsumedService {
  readonly name: string;
  readonly #parts: ConsumedServiceParts;
  readonly #watch: DirectoryWatch;
  /** By balancer, which is told apart as an object: two may share a name. */
  readonly #selected = new Map<Balancer, Map<string, Selected>>();
  readonly #heard = deferred();
  /** Begins with what was written down, since the store does not answer. */
  readonly #remembered = deferred();
  readonly #keeper: SnapshotKeeper | undefined;
  readonly #patience: Timer | undefined;
  #state: "open" | "closed" = "open";

  constructor(name: string, parts: ConsumedServiceParts) {
    this.name = name;
    this.#parts = parts;
    const { coordination, cluster, client, log } = parts;
    const lifeSigns: LifeSigns = {
      silentMs: (instance) => client.silentMs(name, instance),
      ask: (instance) => client.ask(instance),
    };
    const options = { clock: systemClock, log, lifeSigns };
    this.#watch = new DirectoryWatch(coordination, cluster, name, () => this.#directed(), options);
    const { snapshots } = parts;
    if (!snapshots) return;
    this.#keeper = new SnapshotKeeper(snapshots, name, () => this.#watch.directory, systemClock);
    const patienceMs = coordination.session.kind === "established" ? storePatienceMs : 0;
    this.#patience = systemClock.after(patienceMs, () => void this.#remember(snapshots));
  }

  /**
   * Resolves when the store has told which instances there are, and holds that this process needs them; where the store is
   * away, when that is known from what was written down; without either, once `mostMs` are over: calls wait on their own then.
   */
  async known(mostMs: number): Promise<void> {
    const told = Promise.all([this.#heard.promise, this.#parts.need.listed]).then(() => {});
    await within(mostMs, Promise.race([told, this.#remembered.promise]), () => {});
  }

  /**
   * The channel to the instances that this selector leaves. Fails `resource_exhausted` for more than 1024 different choices,
   * `failed_precondition` once the application has closed.
   */
  channel(selector: Selector, balancer: Balancer = this.#parts.balancer): Channel {
    const key = keyOf(selector);
    const known = this.#selected.get(balancer)?.get(key);
    if (known) return known.channel;
    this.#refuseMore();
    const absence = (): string => explainAbsence(this.#watch.directory, selector, systemClock.now());
    const { timeoutMs } = this.#parts;
    const channel = this.#parts.client.channel(this.name, { timeoutMs, balancer, absence });
    const ofBalancer = this.#selected.get(balancer) ?? new Map<string, Selected>();
    this.#selected.set(balancer, ofBalancer.set(key, { channel, selector }));
    channel.update(select(this.#watch.directory, selector));
    return channel;
  }

  async close(): Promise<void> {
    this.#state = "closed";
    this.#heard.resolve();
    this.#patience?.cancel();
    this.#watch.close();
    for (const { channel } of this.#all()) channel.close();
    await Promise.all([this.#parts.need.release(), this.#keeper?.close()]);
  }

  #directed(): void {
    const { directory } = this.#watch;
    for (const { channel, selector } of this.#all()) channel.update(select(directory, selector));
    this.#keeper?.changed();
    if (directory.complete) this.#heard.resolve();
  }

  async #remember(snapshots: Snapshots): Promise<void> {
    if (this.#watch.directory.complete) return;
    const snapshot = await snapshots.read(this.name);
    if (!snapshot || this.#state === "closed" || this.#watch.directory.complete) return;
    const { instances, ageMs } = snapshot;
    const age = `${Math.round(ageMs / 1000)} s`;
    this.#parts.log(
      "warn",
      `the store does not answer: "${this.name}" is called as it was written down ${age} ago, ${instances.length} instances`,
    );
    this.#watch.remember(instances, ageMs);
    this.#remembered.resolve();
  }

  #all(): readonly Selected[] {
    return [...this.#selected.values()].flatMap((ofBalancer) => [...ofBalancer.values()]);
  }

  #refuseMore(): void {
    if (this.#state === "closed") {
      throw new SkylarkError("failed_precondition", `"${this.name}" cannot be called: the application has closed`, {
        notExecuted: true,
      });
    }
    if (this.#all().length < selectionsMax) return;
    throw new SkylarkError(
      "resource_exhausted",
      `this process calls "${this.name}" with ${selectionsMax} different selectors and balancers already: use fewer, and share them`,
      { notExecuted: true },
    );
  }
}

function keyOf({ version, region, zone, host, tags }: Selector): string {
  return JSON.stringify([version, region, zone, host, tags]);
}
