import type { Coordination } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import { DirectoryWatch, explainAbsence, type Requirement, type Selector, select } from "@skylark/discovery/internal";
import type { CallOptions } from "@skylark/rpc";
import type { Channel, ChannelOptions, RpcClient } from "@skylark/rpc/internal";

/** Options of a single call: those of the call itself, and which instances it may go to. */
export type ServiceCallOptions = CallOptions & Selector;

/** A service while this process calls it: one watch, and a channel for each choice of instances that is in use. */
export class ConsumedService {
  readonly name: string;
  readonly #client: RpcClient;
  readonly #clock: Clock;
  readonly #channelOptions: ChannelOptions;
  readonly #watch: DirectoryWatch;
  readonly #requirement: Requirement;
  readonly #channels = new Map<string, { channel: Channel; selector: Selector }>();

  constructor(
    name: string,
    parts: {
      coordination: Coordination;
      cluster: string;
      client: RpcClient;
      requirement: Requirement;
      channelOptions: ChannelOptions;
      clock: Clock;
      log: Log;
    },
  ) {
    this.name = name;
    this.#client = parts.client;
    this.#clock = parts.clock;
    this.#channelOptions = parts.channelOptions;
    this.#requirement = parts.requirement;
    const { coordination, cluster, clock, log } = parts;
    this.#watch = new DirectoryWatch(coordination, cluster, name, () => this.#directed(), { clock, log });
  }

  /** The channel to the instances that this selector leaves. */
  channel(selector: Selector): Channel {
    const key = JSON.stringify([selector.version, selector.region, selector.zone, selector.host, selector.tags]);
    const known = this.#channels.get(key);
    if (known) return known.channel;
    const absence = (): string => explainAbsence(this.#watch.directory, selector, this.#clock.now());
    const channel = this.#client.channel(this.name, { ...this.#channelOptions, absence });
    this.#channels.set(key, { channel, selector });
    channel.update(select(this.#watch.directory, selector));
    return channel;
  }

  async close(): Promise<void> {
    this.#watch.close();
    for (const { channel } of this.#channels.values()) channel.close();
    await this.#requirement.leave();
  }

  #directed(): void {
    for (const { channel, selector } of this.#channels.values()) {
      channel.update(select(this.#watch.directory, selector));
    }
  }
}
