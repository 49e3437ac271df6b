import type { Balancer } from "@skylark/balance";
import type { Coordination } from "@skylark/coordination";
import { type Log, SkylarkError } from "@skylark/core";
import { deferred, systemClock, type Timer } from "@skylark/core/internal";
import {
  type DirectoryInstance,
  DirectoryWatch,
  explainAbsence,
  type LifeSigns,
  layout,
  type Selector,
  SnapshotKeeper,
  type Snapshots,
  select,
} from "@skylark/discovery/internal";
import type { CallOptions } from "@skylark/rpc";
import type { Channel, RpcClient } from "@skylark/rpc/internal";
import { LeaderWatch } from "./leader-watch.js";
import { Members } from "./members.js";
import type { Need } from "./requirements.js";
import { within } from "./within.js";

/** Which instances a call may go to. */
export interface Choice extends Selector {
  /**
   * `leader`: the one that leads the service, where its instances stand for election (`lead`); while nobody does, the call waits as it
   * does for an instance. Default: `any`.
   */
  readonly to?: "leader" | "any" | undefined;
}

/** Options of a single call: those of the call itself, and which instances it may go to. */
export type ServiceCallOptions = CallOptions & Choice;

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

/** Who follows the instances that a choice leaves. */
interface Selected {
  readonly choice: Choice;
  readonly follower: Channel | Members;
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
  readonly #channels = new Map<Balancer, Map<string, Channel>>();
  readonly #groups = new Map<string, Members>();
  readonly #selected: Selected[] = [];
  #leader: LeaderWatch | undefined;
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
   * The channel to the instances that this choice leaves. Fails `resource_exhausted` for more than 1024 different choices,
   * `failed_precondition` once the application has closed.
   */
  channel(choice: Choice, balancer: Balancer = this.#parts.balancer): Channel {
    const key = keyOf(choice);
    const known = this.#channels.get(balancer)?.get(key);
    if (known) return known;
    const channel = this.#follow(choice, () => this.#open(choice, balancer));
    const ofBalancer = this.#channels.get(balancer) ?? new Map<string, Channel>();
    this.#channels.set(balancer, ofBalancer.set(key, channel));
    return channel;
  }

  /** A channel to each of the instances that this selector leaves. Fails as `channel` does. */
  members(selector: Selector): Members {
    const key = keyOf(selector);
    const known = this.#groups.get(key);
    if (known) return known;
    const { balancer } = this.#parts;
    const members = this.#follow(selector, () => new Members(() => this.#open(selector, balancer)));
    this.#groups.set(key, members);
    return members;
  }

  /** Of calls that name none. */
  get timeoutMs(): number {
    return this.#parts.timeoutMs;
  }

  /** Why no instance is left by this choice. */
  absence(choice: Choice): string {
    const why = explainAbsence(this.#watch.directory, choice, systemClock.now());
    const { to } = choice;
    if (to !== "leader" || select(this.#watch.directory, choice).length === 0) return why;
    const leader = this.#leader?.instance;
    return leader === undefined ? "none of its instances leads it" : `its leader ${leader} is not among those that fit`;
  }

  async close(): Promise<void> {
    this.#state = "closed";
    this.#heard.resolve();
    this.#patience?.cancel();
    this.#watch.close();
    this.#leader?.close();
    for (const { follower } of this.#selected) follower.close();
    await Promise.all([this.#parts.need.release(), this.#keeper?.close()]);
  }

  #directed(): void {
    const { directory } = this.#watch;
    for (const { follower, choice } of this.#selected) follower.update(this.#chosen(choice));
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

  #follow<Follower extends Channel | Members>(choice: Choice, make: () => Follower): Follower {
    this.#refuseMore();
    const follower = make();
    this.#selected.push({ choice, follower });
    follower.update(this.#chosen(choice));
    return follower;
  }

  #chosen(choice: Choice): readonly DirectoryInstance[] {
    const fitting = select(this.#watch.directory, choice);
    if (choice.to !== "leader") return fitting;
    const { coordination, cluster } = this.#parts;
    this.#leader ??= new LeaderWatch(coordination, layout(cluster).leader(this.name), () => this.#directed());
    return fitting.filter(({ id }) => id === this.#leader?.instance);
  }

  #open(choice: Choice, balancer: Balancer): Channel {
    const { client, timeoutMs } = this.#parts;
    return client.channel(this.name, { timeoutMs, balancer, absence: () => this.absence(choice) });
  }

  #refuseMore(): void {
    if (this.#state === "closed") {
      throw new SkylarkError("failed_precondition", `"${this.name}" cannot be called: the application has closed`, {
        notExecuted: true,
      });
    }
    if (this.#selected.length < selectionsMax) return;
    throw new SkylarkError(
      "resource_exhausted",
      `this process calls "${this.name}" with ${selectionsMax} different selectors and balancers already: use fewer, and share them`,
      { notExecuted: true },
    );
  }
}

function keyOf({ version, region, zone, host, tags, to }: Choice): string {
  return JSON.stringify([version, region, zone, host, tags, to]);
}
