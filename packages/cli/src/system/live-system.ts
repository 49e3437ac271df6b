import type { Coordination } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import {
  ConsumerWatch,
  type DirectoryInstance,
  matcher,
  readSystem,
  type ServiceConsumer,
  SystemWatch,
  setOverride,
} from "@skylark/discovery/internal";
import { type Channel, connectionResources, RpcClient, socketTransport, typedClient } from "@skylark/rpc/internal";
import { type InstanceFunctions, instanceServiceName } from "skylark/internal";
import { NothingFound } from "../failure.js";
import type { FilterOptions } from "../options/filters.js";
import { joinedStore } from "./joined-store.js";
import { type ListedInstance, listedInstance } from "./listed-instance.js";
import type { ListedConsumer } from "./listed-service.js";
import { within } from "./within.js";

export interface LiveSystemOptions {
  readonly coordination: string;
  readonly cluster: string;
  readonly home: string | undefined;
  /** For each thing that is asked. */
  readonly timeoutMs: number;
  readonly log: Log;
}

/** What `sky` shows of a cluster. */
export interface View {
  readonly instances: readonly ListedInstance[];
  readonly consumers: readonly ListedConsumer[];
}

/** The part of an instance that is dialled. */
export interface Reachable {
  readonly id: string;
  readonly address: string;
}

/**
 * A running system, looked at from outside: it joins the store and never hosts it, declares no requirement, and offers
 * nothing. Whoever opens it disposes it.
 */
export class LiveSystem implements AsyncDisposable {
  readonly cluster: string;
  readonly #coordination: Coordination;
  readonly #timeoutMs: number;
  readonly #log: Log;
  readonly #client: RpcClient;

  private constructor(coordination: Coordination, { cluster, timeoutMs, log }: LiveSystemOptions) {
    this.cluster = cluster;
    this.#coordination = coordination;
    this.#timeoutMs = timeoutMs;
    this.#log = log;
    this.#client = new RpcClient({
      identity: { name: "sky", proof: "none" },
      transport: socketTransport,
      resources: connectionResources({ log }),
    });
  }

  /** Fails NothingFound where nothing is running, else as the store does. */
  static async open(options: LiveSystemOptions): Promise<LiveSystem> {
    return new LiveSystem(await joinedStore({ ...options, unhosted: "leave" }), options);
  }

  /** What is registered now, and fits. */
  async view(filter: FilterOptions = {}): Promise<View> {
    const reading = readSystem(this.#coordination, this.cluster);
    const { services } = await within(this.#timeoutMs, "the store did not answer", reading);
    return {
      instances: listed(
        services.flatMap(({ instances }) => instances),
        filter,
      ),
      consumers: services.flatMap(({ name, consumers }) => consumers.map((each) => ({ ...each, service: name }))),
    };
  }

  /** Tells the instances that fit, at once and after each change, until the signal aborts. */
  watch(filter: FilterOptions, tell: (instances: readonly ListedInstance[]) => void, signal: AbortSignal): void {
    const told = (instances: readonly DirectoryInstance[]): void => tell(listed(instances, filter));
    const watch = new SystemWatch(this.#coordination, this.cluster, told, { log: this.#log });
    signal.addEventListener("abort", () => watch.close(), { once: true });
  }

  /** Tells instances and consumers together, at once and after each change, until the signal aborts. */
  follow(tell: (view: View) => void, signal: AbortSignal): void {
    let instances: readonly ListedInstance[] | undefined;
    let consumers: readonly ListedConsumer[] | undefined;
    const told = (): void => {
      if (instances && consumers) tell({ instances, consumers });
    };
    this.watch(
      {},
      (all) => {
        instances = all;
        told();
      },
      signal,
    );
    const heard = (all: readonly ServiceConsumer[]): void => {
      consumers = all.map(({ service, consumer }) => ({ ...consumer, service }));
      told();
    };
    const watch = new ConsumerWatch(this.#coordination, this.cluster, heard, { log: this.#log });
    signal.addEventListener("abort", () => watch.close(), { once: true });
  }

  /** Tells whether the store is in touch, whenever that changes. */
  onTouch(tell: (inTouch: boolean) => void): void {
    let last = this.#coordination.session.kind === "established";
    this.#coordination.onSession(({ kind }) => {
      const inTouch = kind === "established";
      if (inTouch !== last && kind !== "closed") tell(inTouch);
      last = inTouch;
    });
  }

  /** A channel to these instances. Calls of it fail at once where none can be reached. */
  channel(service: string, instances: readonly Reachable[], timeoutMs = this.#timeoutMs): Channel {
    const channel = this.#client.channel(service, { timeoutMs });
    channel.update(instances);
    return channel;
  }

  /** What every instance answers about itself. */
  instance(instance: Reachable, timeoutMs = this.#timeoutMs): InstanceFunctions {
    const channel = this.channel(instanceServiceName, [instance], timeoutMs);
    return typedClient<InstanceFunctions>(channel).with({ wait: false });
  }

  /** The same for somebody who asks again and again, and closes it. */
  asker(instance: Reachable): Pick<InstanceFunctions, "figures"> & { close(): void } {
    const channel = this.channel(instanceServiceName, [instance]);
    const functions = typedClient<InstanceFunctions>(channel).with({ wait: false });
    return { figures: () => functions.figures(), close: () => channel.close() };
  }

  /** Puts an instance of a service into rotation or takes it out; answers with how it is listed now. */
  async setRegistered(instance: ListedInstance, registered: boolean): Promise<ListedInstance> {
    // in rotation by its own word: then nothing needs to be said over it, and its word counts again
    const word = registered && instance.registered ? undefined : registered;
    const { service, id } = instance;
    const change = { registered: word };
    const writing = setOverride(this.#coordination, this.cluster, service, id, change);
    await within(this.#timeoutMs, "the store did not answer", writing);
    const { instances } = await this.view({ service });
    const now = instances.find((each) => each.id === id);
    if (now) return now;
    throw new NothingFound(`instance ${id} of "${service}" has left meanwhile`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await within(goodbyeMs, "the store did not answer", this.#coordination.close()).catch(() => {}); // its session ends by itself
  }
}

const goodbyeMs = 1000;

function listed(instances: readonly DirectoryInstance[], filter: FilterOptions): readonly ListedInstance[] {
  const { service, tag, ...place } = filter;
  const matches = matcher({ ...place, tags: tag });
  return instances
    .filter((instance) => (service === undefined || instance.service === service) && matches(instance))
    .map((instance) => listedInstance(instance));
}
