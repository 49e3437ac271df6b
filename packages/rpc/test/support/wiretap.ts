import type { Transport, Wire } from "@skylark/rpc/internal";

/** A key that no reader takes by the time it arrives. No writer of ours would send one. */
export const becomesUnreadable = "::proto::";

/** A transport whose connections can be cut, or fall silent, from outside. Only the dialling ends are tapped. */
export class Wiretap implements Transport {
  readonly #inner: Transport;
  readonly #wires = new Set<TappedWire>();
  /** How often somebody dialled. */
  dials = 0;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  async dial(address: string, signal: AbortSignal): Promise<Wire> {
    this.dials++;
    const wire = new TappedWire(await this.#inner.dial(address, signal), address, () => this.#wires.delete(wire));
    this.#wires.add(wire);
    return wire;
  }

  listen: Transport["listen"] = (address, accept) => this.#inner.listen(address, accept);

  /** Connections that are open, to this address where one is named. */
  open(address?: string): readonly TappedWire[] {
    return [...this.#wires].filter((wire) => address === undefined || wire.address === address);
  }

  /** Connections end now, without a word. */
  cut(address?: string): void {
    for (const wire of this.open(address)) wire.destroy();
  }

  /** What the dialling sides are sent waits, from now on until what this returns is called. */
  deafen(address?: string): () => void {
    const wires = this.open(address);
    for (const wire of wires) wire.deafen();
    return () => {
      for (const wire of wires) wire.hear();
    };
  }

  /** From now on nothing passes, in neither direction, and nobody is told. */
  silence(address?: string): void {
    for (const wire of this.open(address)) wire.silent = true;
  }
}

class TappedWire implements Wire {
  readonly peer: string;
  readonly address: string;
  readonly #inner: Wire;
  silent = false;
  #unheard: Buffer[] | undefined;
  onData: Wire["onData"] = () => {};
  onDrain: Wire["onDrain"] = () => {};
  onClose: Wire["onClose"] = () => {};

  constructor(inner: Wire, address: string, closed: () => void) {
    this.peer = inner.peer;
    this.address = address;
    this.#inner = inner;
    inner.onData = (chunk) => {
      if (this.silent) return;
      if (this.#unheard) this.#unheard.push(Buffer.from(chunk));
      else this.onData(spoiled(chunk));
    };
    inner.onDrain = () => this.onDrain();
    inner.onClose = (cause) => {
      closed();
      this.onClose(cause);
    };
  }

  write(bytes: Uint8Array): boolean {
    return this.silent || this.#inner.write(spoiled(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)));
  }

  deafen(): void {
    this.#unheard ??= [];
  }

  hear(): void {
    const unheard = this.#unheard ?? [];
    this.#unheard = undefined;
    for (const chunk of unheard) this.onData(spoiled(chunk));
  }

  get backedUp(): boolean {
    return this.#inner.backedUp;
  }

  get unsentBytes(): number {
    return this.#inner.unsentBytes;
  }

  end(): void {
    this.#inner.end();
  }

  destroy(): void {
    this.#inner.destroy();
  }
}

function spoiled(chunk: Buffer): Buffer {
  if (!chunk.includes(becomesUnreadable)) return chunk;
  return Buffer.from(chunk.toString("latin1").replaceAll(becomesUnreadable, "__proto__"), "latin1");
}
