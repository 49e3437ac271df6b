import { type Random, randomIndex } from "@skylark/core/internal";
import type { HostAddress } from "../connect-string.js";

/** The members of an ensemble in an order of this client's own, so that clients spread; one after the other, for ever. */
export class HostRing {
  readonly #hosts: readonly HostAddress[];
  #at = -1;

  constructor(hosts: readonly HostAddress[], random: Random) {
    const shuffled = [...hosts];
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = randomIndex(random, last + 1);
      [shuffled[last], shuffled[other]] = [shuffled[other] as HostAddress, shuffled[last] as HostAddress];
    }
    this.#hosts = shuffled;
  }

  get size(): number {
    return this.#hosts.length;
  }

  next(): HostAddress {
    this.#at = (this.#at + 1) % this.#hosts.length;
    return this.#hosts[this.#at] as HostAddress;
  }
}
