import { SkylarkError } from "@skylark/core";
import { parseAddress } from "./address.js";
import { lostError } from "./lost-error.js";
import type { Listener, Transport, Wire } from "./transport.js";

/** Connections inside one process, for tests and for services that run together. Each network is a world of its own. */
export class MemoryNetwork implements Transport {
  readonly #listening = new Map<string, (wire: Wire) => void>();

  async dial(address: string, signal: AbortSignal): Promise<Wire> {
    if (signal.aborted) throw SkylarkError.from(signal.reason, "cancelled");
    const accept = this.#listening.get(nameOf(address));
    if (!accept) throw lostError(`nobody answers on ${address}`);
    const near = new MemoryWire(address);
    const far = new MemoryWire(`${address}#caller`);
    near.join(far);
    far.join(near);
    accept(far);
    return near;
  }

  async listen(address: string, accept: (wire: Wire) => void): Promise<Listener> {
    const name = nameOf(address);
    if (this.#listening.has(name)) {
      throw new SkylarkError("failed_precondition", `cannot listen on ${address}: the address is taken`);
    }
    this.#listening.set(name, accept);
    return {
      address,
      close: async () => {
        this.#listening.delete(name);
      },
    };
  }
}

/** One end. Bytes are copied and arrive in a later tick, as they would from a socket. */
class MemoryWire implements Wire {
  readonly peer: string;
  readonly backedUp = false;
  readonly unsentBytes = 0;
  #other: MemoryWire | undefined;
  #arrived: Buffer[] = [];
  #ended = false;
  #closed = false;
  onData: Wire["onData"] = () => {};
  onDrain: Wire["onDrain"] = () => {};
  onClose: Wire["onClose"] = () => {};

  constructor(peer: string) {
    this.peer = peer;
  }

  join(other: MemoryWire): void {
    this.#other = other;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#closed && !this.#ended) this.#other?.arrive(Buffer.from(bytes));
    return true;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    setImmediate(() => {
      this.#other?.close();
      this.close();
    });
  }

  destroy(): void {
    this.#ended = true;
    const other = this.#other;
    setImmediate(() => other?.close());
    this.close();
  }

  arrive(bytes: Buffer): void {
    if (this.#arrived.push(bytes) === 1) setImmediate(() => this.#deliver());
  }

  close(): void {
    if (this.#closed) return;
    this.#deliver();
    this.#closed = true;
    this.onClose(undefined);
  }

  #deliver(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const bytes of arrived) if (!this.#closed) this.onData(bytes);
  }
}

function nameOf(address: string): string {
  const target = parseAddress(address);
  if (target.kind !== "memory") throw new SkylarkError("invalid_argument", `${address} is not an address in memory`);
  return target.name;
}
