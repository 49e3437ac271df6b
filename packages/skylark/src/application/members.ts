import type { DirectoryInstance } from "@skylark/discovery";
import type { Channel } from "@skylark/rpc/internal";

/** One instance of a group, and the way to it alone. */
export interface Member {
  readonly instance: string;
  readonly channel: Channel;
}

/** A channel to each instance that fits a selector, for whoever calls them all, or each by itself. */
export class Members {
  readonly #open: () => Channel;
  readonly #channels = new Map<string, Channel>();

  /** @param open makes a channel that knows no instance yet */
  constructor(open: () => Channel) {
    this.#open = open;
  }

  /** Those of now, sorted by id. */
  get list(): readonly Member[] {
    return [...this.#channels]
      .map(([instance, channel]) => ({ instance, channel }))
      .toSorted((one, other) => (one.instance < other.instance ? -1 : 1));
  }

  /** Calls under way to one that left may still be answered; those that wait for a connection to it fail `unavailable`. */
  update(instances: readonly DirectoryInstance[]): void {
    const staying = new Set(instances.map(({ id }) => id));
    for (const [id, channel] of this.#channels) {
      if (staying.has(id)) continue;
      this.#channels.delete(id);
      channel.update([]);
      setImmediate(() => channel.close()); // whoever waits learns first that the instance has left
    }
    for (const instance of instances) {
      if (this.#channels.has(instance.id)) continue;
      const channel = this.#open();
      this.#channels.set(instance.id, channel);
      channel.update([instance]);
    }
  }

  close(): void {
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }
}
