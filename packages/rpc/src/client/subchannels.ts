import type { Timer } from "@skylark/core/internal";
import type { ConnectionResources } from "../connection/resources.js";
import type { Transport } from "../transport/transport.js";
import { type Endpoint, Subchannel, type SubchannelOptions } from "./subchannel.js";

interface Shared {
  readonly subchannel: Subchannel;
  readonly users: Set<() => void>;
  /** Nobody picks it any more, but calls in flight on it may still be answered. */
  retiring: Timer | undefined;
}

/** The links of one client, shared: however many services an instance offers, there is one connection to it. */
export class Subchannels {
  readonly #transport: Transport;
  readonly #options: SubchannelOptions;
  readonly #resources: ConnectionResources;
  readonly #shared = new Map<string, Shared>();

  constructor(transport: Transport, options: SubchannelOptions, resources: ConnectionResources) {
    this.#transport = transport;
    this.#options = options;
    this.#resources = resources;
  }

  /** The link to this endpoint; `changed` is called when its state changes. Give it back by `release`. */
  acquire(endpoint: Endpoint, changed: () => void): Subchannel {
    const key = keyOf(endpoint);
    const shared = this.#shared.get(key) ?? this.#make(key, endpoint);
    shared.retiring?.cancel();
    shared.retiring = undefined;
    shared.users.add(changed);
    return shared.subchannel;
  }

  /** The link to this endpoint, where somebody uses it. */
  find(endpoint: Endpoint): Subchannel | undefined {
    return this.#shared.get(keyOf(endpoint))?.subchannel;
  }

  release(subchannel: Subchannel, changed: () => void): void {
    const key = keyOf(subchannel);
    const shared = this.#shared.get(key);
    if (!shared?.users.delete(changed) || shared.users.size > 0) return;
    this.#retire(key, shared);
  }

  close(): void {
    for (const { subchannel, retiring } of this.#shared.values()) {
      retiring?.cancel();
      subchannel.close();
    }
    this.#shared.clear();
  }

  #make(key: string, endpoint: Endpoint): Shared {
    const users = new Set<() => void>();
    const tell = (): void => {
      for (const user of users) user();
    };
    const subchannel = new Subchannel(endpoint, this.#transport, this.#options, this.#resources, tell);
    const shared: Shared = { subchannel, users, retiring: undefined };
    this.#shared.set(key, shared);
    return shared;
  }

  #retire(key: string, shared: Shared): void {
    if (shared.subchannel.inFlight > 0) {
      shared.retiring = this.#resources.clock.after(retireCheckMs, () => this.#retire(key, shared));
      return;
    }
    this.#shared.delete(key);
    shared.subchannel.close();
  }
}

const retireCheckMs = 250;

function keyOf({ id, address }: Endpoint): string {
  return `${id} ${address}`;
}
