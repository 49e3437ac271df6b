import type { ConnectionResources } from "../connection/resources.js";
import type { Transport } from "../transport/transport.js";
import { type Endpoint, Subchannel, type SubchannelOptions } from "./subchannel.js";

interface Shared {
  readonly subchannel: Subchannel;
  readonly users: Set<() => void>;
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
    let shared = this.#shared.get(key);
    if (!shared) {
      const users = new Set<() => void>();
      const tell = (): void => {
        for (const user of [...users]) user();
      };
      shared = { subchannel: new Subchannel(endpoint, this.#transport, this.#options, this.#resources, tell), users };
      this.#shared.set(key, shared);
    }
    shared.users.add(changed);
    return shared.subchannel;
  }

  release(subchannel: Subchannel, changed: () => void): void {
    const key = keyOf(subchannel);
    const shared = this.#shared.get(key);
    if (!shared?.users.delete(changed) || shared.users.size > 0) return;
    this.#shared.delete(key);
    retire(shared.subchannel, this.#resources);
  }

  close(): void {
    for (const { subchannel } of this.#shared.values()) subchannel.close();
    this.#shared.clear();
  }
}

/** Nobody picks it any more; calls in flight on it may still be answered. */
function retire(subchannel: Subchannel, resources: ConnectionResources): void {
  if (subchannel.inFlight === 0) subchannel.close();
  else resources.clock.after(retireCheckMs, () => retire(subchannel, resources));
}

const retireCheckMs = 250;

function keyOf({ id, address }: Endpoint): string {
  return `${id} ${address}`;
}
