import { setImmediate as nextTurn } from "node:timers/promises";
import { SkylarkError } from "@skylark/core";
import { parseAddress } from "./address.js";
import { lostError } from "./lost-error.js";
import type { Listener, Transport, Wire } from "./transport.js";

/** Connections inside one process, for tests and for services that run together. Each network is a world of its own. */
export class MemoryNetwork implements Transport {
  readonly #listening = new Map<string, (wire: Wire) => void>();

  async dial(address: string, signal: AbortSignal): Promise<Wire> {
    const name = nameOf(address);
    await nextTurn();
    if (signal.aborted) throw SkylarkError.from(signal.reason, "cancelled");
    const accept = this.#listening.get(name);
    if (!accept) throw lostError(`nobody answers on ${address}`);
    const [near, far] = MemoryWire.pair(address);
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
        if (this.#listening.get(name) === accept) this.#listening.delete(name);
      },
    };
  }
}

/** As much as a socket takes before it says that it is behind. */
const highWaterBytes = 64 * 1024;

type WireState = "open" | "ended" | "closed";

/** One end. Bytes are copied and arrive in a later turn, as they would from a socket. */
class MemoryWire implements Wire {
  readonly peer: string;
  #other: MemoryWire = this;
  #arrived: Buffer[] = [];
  #arrivedBytes = 0;
  #state: WireState = "open";
  onData: Wire["onData"] = () => {};
  onDrain: Wire["onDrain"] = () => {};
  onClose: Wire["onClose"] = () => {};

  static pair(address: string): readonly [near: MemoryWire, far: MemoryWire] {
    const near = new MemoryWire(address);
    const far = new MemoryWire(`${address}#caller`);
    near.#other = far;
    far.#other = near;
    return [near, far];
  }

  private constructor(peer: string) {
    this.peer = peer;
  }

  get backedUp(): boolean {
    return this.unsentBytes > highWaterBytes;
  }

  get unsentBytes(): number {
    return this.#other.#arrivedBytes;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state === "open") this.#other.#arrive(Buffer.from(bytes));
    return true;
  }

  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    setImmediate(() => {
      this.#other.#close();
      this.#close();
    });
  }

  destroy(): void {
    if (this.#state === "closed") return;
    this.#state = "ended";
    this.#arrived = [];
    this.#arrivedBytes = 0;
    this.onData = () => {};
    setImmediate(() => {
      this.#other.#close();
      this.#close();
    });
  }

  #arrive(bytes: Buffer): void {
    if (this.#state === "closed") return;
    this.#arrivedBytes += bytes.length;
    if (this.#arrived.push(bytes) === 1) setImmediate(() => this.#deliver());
  }

  #close(): void {
    if (this.#state === "closed") return;
    this.#deliver();
    this.#state = "closed";
    this.onClose(undefined);
  }

  #deliver(): void {
    const arrived = this.#arrived;
    const wasBackedUp = this.#arrivedBytes > highWaterBytes;
    this.#arrived = [];
    this.#arrivedBytes = 0;
    for (const bytes of arrived) this.onData(bytes);
    if (wasBackedUp && this.#other.#state === "open") this.#other.onDrain();
  }
}

function nameOf(address: string): string {
  const target = parseAddress(address);
  if (target.kind !== "memory") throw new SkylarkError("invalid_argument", `${address} is not an address in memory`);
  return target.name;
}
