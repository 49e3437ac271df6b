import { type Deferred, deferred } from "@skylark/core/internal";
import type { Listener, Wire } from "@skylark/rpc/internal";
import { afterEach, beforeEach } from "vitest";
import type { TransportFixture } from "./fixture.js";

/** A fixture for each test, and what the test has opened on it. */
export class Ground {
  readonly #open: () => Promise<TransportFixture>;
  #fixture: TransportFixture | undefined;
  #listeners: Listener[] = [];
  #wires: Wire[] = [];

  constructor(open: () => Promise<TransportFixture>) {
    this.#open = open;
    beforeEach(async () => {
      this.#fixture = await this.#open();
    });
    afterEach(async () => {
      for (const wire of this.#wires) wire.destroy();
      await Promise.all(this.#listeners.map((listener) => listener.close()));
      this.#wires = [];
      this.#listeners = [];
      await this.#fixture?.dispose?.();
    });
  }

  get nonsense(): string {
    return this.#present.nonsense;
  }

  async listen(accept: (wire: Wire) => void, address = this.#present.address()): Promise<Listener> {
    const listener = await this.#present.transport.listen(address, (wire) => {
      this.#wires.push(wire);
      accept(wire);
    });
    this.#listeners.push(listener);
    return listener;
  }

  async dial(address: string, signal: AbortSignal = new AbortController().signal): Promise<Wire> {
    const wire = await this.#present.transport.dial(address, signal);
    this.#wires.push(wire);
    return wire;
  }

  async pair(): Promise<{ near: Wire; far: Wire; listener: Listener }> {
    const accepted: Deferred<Wire> = deferred<Wire>();
    const listener = await this.listen((wire) => accepted.resolve(wire));
    const near = await this.dial(listener.address);
    return { near, far: await accepted.promise, listener };
  }

  get #present(): TransportFixture {
    if (this.#fixture) return this.#fixture;
    throw new Error("the fixture is opened before each test");
  }
}
