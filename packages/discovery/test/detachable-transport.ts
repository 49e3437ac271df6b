import { type Listener, lostError, socketTransport, type Transport, type Wire } from "@skylark/rpc/internal";

/** Sockets of one process that a test pulls out, all at once; none can be dialled until they are put in again. */
export class DetachableTransport implements Transport {
  readonly #wires = new Set<Wire>();
  #state: "attached" | "detached" = "attached";

  async dial(address: string, signal: AbortSignal): Promise<Wire> {
    if (this.#state === "detached") throw lostError(`${address} cannot be reached: the test pulled the plug`);
    const wire = await socketTransport.dial(address, signal);
    this.#wires.add(wire);
    return wire;
  }

  listen(address: string, accept: (wire: Wire) => void): Promise<Listener> {
    return socketTransport.listen(address, accept);
  }

  detach(): void {
    this.#state = "detached";
    for (const wire of this.#wires) wire.destroy();
    this.#wires.clear();
  }

  attach(): void {
    this.#state = "attached";
  }
}
