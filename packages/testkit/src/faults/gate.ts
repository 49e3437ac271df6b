import { type Listener, socketTransport, type Transport, type Wire } from "@skylark/rpc/internal";

/** A transport whose connections a test can cut, or hold up: both ways, or only what comes in. */
export class Gate implements Transport {
  readonly #wires = new Set<GatedWire>();
  #state: "open" | "stalled" | "deaf" = "open";
  /** How often a connection was dialled. */
  dials = 0;

  async dial(address: string, signal: AbortSignal): Promise<Wire> {
    this.dials++;
    const wire = new GatedWire(await socketTransport.dial(address, signal), () => this.#wires.delete(wire));
    this.#wires.add(wire);
    if (this.#state !== "open") wire.hold(this.#state);
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
    return this.#hold("stalled");
  }

  /** What is asked goes out and is done, its answers are held back. Returns what lets them through, where no cut came first. */
  deafen(): () => void {
    return this.#hold("deaf");
  }

  #hold(state: "stalled" | "deaf"): () => void {
    this.#state = state;
    for (const wire of this.#wires) wire.hold(state);
    return () => {
      this.#state = "open";
      for (const wire of this.#wires) wire.pass();
    };
  }
}

class GatedWire implements Wire {
  readonly #inner: Wire;
  #held: { readonly what: "stalled" | "deaf"; out: Buffer[]; in: Buffer[] } | undefined;
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
    if (this.#held?.what !== "stalled") return this.#inner.write(bytes);
    this.#held.out.push(Buffer.from(bytes));
    return true;
  }

  end(): void {
    if (this.#held?.what === "stalled") this.#inner.destroy();
    else this.#inner.end();
  }

  destroy(): void {
    this.#held &&= { ...this.#held, out: [], in: [] };
    this.#inner.destroy();
  }

  hold(what: "stalled" | "deaf"): void {
    this.#held ??= { what, out: [], in: [] };
  }

  pass(): void {
    const held = this.#held;
    this.#held = undefined;
    for (const chunk of held?.out ?? []) this.#inner.write(chunk);
    for (const chunk of held?.in ?? []) this.onData(chunk);
  }
}
