import { RetryBudget } from "@skylark/balance/internal";
import { defaultKeepAlive, type KeepAliveOptions } from "../connection/keep-alive.js";
import type { ConnectionResources } from "../connection/resources.js";
import type { Transport } from "../transport/transport.js";
import { wireLimits } from "../wire/frame.js";
import type { CallerIdentity } from "../wire/handshake.js";
import { Channel, type ChannelOptions } from "./channel.js";
import type { Endpoint } from "./subchannel.js";
import { Subchannels } from "./subchannels.js";

export interface RpcClientOptions {
  /** Who calls, for the other side's logs and grants. */
  readonly identity: CallerIdentity;
  readonly transport: Transport;
  readonly resources: ConnectionResources;
  readonly keepAlive?: KeepAliveOptions | undefined;
  /** The longest message taken, and half of what may wait to be sent. Default: 4 MiB (and 64 MiB waiting). */
  readonly messageBytesMax?: number | undefined;
  /** How long a connection and its handshake may take. Default: 3000 ms. */
  readonly connectTimeoutMs?: number | undefined;
}

/** The calling side of a process: channels to services over shared connections. Whoever made it closes it. */
export class RpcClient {
  readonly #resources: ConnectionResources;
  readonly #subchannels: Subchannels;
  readonly #channels = new Set<Channel>();
  readonly #budgets = new Map<string, RetryBudget>();

  constructor(options: RpcClientOptions) {
    this.#resources = options.resources;
    this.#subchannels = new Subchannels(
      options.transport,
      {
        identity: options.identity,
        keepAlive: options.keepAlive ?? defaultKeepAlive,
        messageBytesMax: options.messageBytesMax ?? wireLimits.messageBytesMax,
        connectTimeoutMs: options.connectTimeoutMs ?? 3000,
      },
      options.resources,
    );
  }

  /** A channel to a service; it knows no instance until it is told by `update`. Channels to one service share its retries. */
  channel(service: string, options: ChannelOptions = {}): Channel {
    const budget = this.#budgets.get(service) ?? new RetryBudget(this.#resources.clock);
    this.#budgets.set(service, budget);
    const channel: Channel = new Channel(service, {
      options,
      budget,
      subchannels: this.#subchannels,
      resources: this.#resources,
      closed: () => this.#channels.delete(channel),
    });
    this.#channels.add(channel);
    return channel;
  }

  /**
   * For how long an instance has said nothing over this client's connection to it, in milliseconds; undefined where there is
   * no connection, or the instance is leaving or no longer offers the service.
   */
  silentMs(service: string, endpoint: Endpoint): number | undefined {
    return this.#subchannels.find(endpoint)?.silentMs(service);
  }

  /** Asks a connected instance for a sign of life, which shows in `silentMs`. Waits for nothing. */
  ask(endpoint: Endpoint): void {
    this.#subchannels.find(endpoint)?.ask();
  }

  /** Closes its channels and connections. Calls in flight fail as if their connection was lost; those that wait, `cancelled`. */
  close(): void {
    for (const channel of this.#channels) channel.close();
    this.#subchannels.close();
  }
}
