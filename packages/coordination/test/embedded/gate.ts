import { type Listener, socketTransport, type Transport, type Wire } from "@skylark/rpc/internal";

/** A transport whose connections a test can cut, or hold up so that nothing passes either way. */
export class Gate implements Transport {
  readonly #wires = new Set<GatedWire>();
  #state: "open" | "stalled" = "open";
  /** How often a connection was dialled. */
  dials = 0;

  async dial(address: string, signal: AbortSignal): Promise<Wire> {
    this.dials++;
    const wire = new GatedWire(await socketTransport.dial(address, signal), () => this.#wires.delete(wire));
    this.#wires.add(wire);
    if (this.#state === "stalled") wire.hold();
    return wire;
  }

  listen(address: string, accept: (wire: Wire) => void): Promise<Listener> {
    return socketTransport.listen(address, accept);
  }

  cut(): void {
    for (const wire of this.#wires) wire.destroy();
  }

  /** Returns what lets everything through again. */
  stall(): () => void {
    this.#state = "stalled";
    for (const wire of this.#wires) wire.hold();
    return () => {
      this.#state = "open";
      for (const wire of this.#wires) wire.pass();
    };
  }
}

class GatedWire implements Wire {
  readonly #inner: Wire;
  #held: { out: Buffer[]; in: Buffer[] } | undefined;
  onData: Wire["onData"] = () => {};
  onDrain: Wire["onDrain"] = () => {};
  onClose: Wire["onClose"] = () => {};

  constructor(inner: Wire, closed: () => void) {
    this.#inner = inner;
    inner.onData = (chunk) => {
      if (this.#held) this.#held.in.push(Buffer.from(chunk));
      else this.onData(chunk);
    };
    inner.onDrain = () => this.onDrain();
    inner.onClose = (cause) => {
      closed();
      this.onClose(cause);
    };
  }

  get peer(): string {
    return this.#inner.peer;
  }

  get backedUp(): boolean {
    return this.#inner.backedUp;
  }

  get unsentBytes(): number {
    return this.#inner.unsentBytes;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#held) return this.#inner.write(bytes);
    this.#held.out.push(Buffer.from(bytes));
    return true;
  }

  end(): void {
    if (this.#held) this.#inner.destroy();
    else this.#inner.end();
  }

  destroy(): void {
    this.#held &&= { out: [], in: [] };
    this.#inner.destroy();
  }

  hold(): void {
    this.#held ??= { out: [], in: [] };
  }

  pass(): void {
    const held = this.#held;
    this.#held = undefined;
    for (const chunk of held?.out ?? []) this.#inner.write(chunk);
    for (const chunk of held?.in ?? []) this.onData(chunk);
  }
}
