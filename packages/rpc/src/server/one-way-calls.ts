import { type Log, SkylarkError } from "@skylark/core";
import type { Failure } from "../wire/failure.js";
import type { CallerIdentity } from "../wire/handshake.js";
import { arrivedOneWay } from "./arrived-request.js";
import type { GuestCalls } from "./guest-calls.js";
import type { GuestCall } from "./guest-request.js";
import type { OfferedMethod } from "./offer.js";

/** What the calls that go one way need of the connection that they come by. */
export interface OneWayParts {
  readonly guests: Pick<GuestCalls, "call">;
  readonly caller: CallerIdentity;
  readonly peer: string;
  readonly log: Log;
}

/**
 * The calls that came by one connection and that nobody waits for (clauses RPC-CALL-10, RPC-CALL-11). They are served like
 * guests: nothing is answered, and that the connection ends is nothing to them. What becomes of them shows in the figures
 * and in the log.
 */
export class OneWayCalls {
  readonly #parts: OneWayParts;
  #running = 0;

  constructor(parts: OneWayParts) {
    this.#parts = parts;
  }

  /** How many run: they count among those in flight on the connection. */
  get size(): number {
    return this.#running;
  }

  /** It does not begin. */
  refuse({ message, code }: Failure): void {
    this.#parts.log("warn", `a one-way call was refused: ${message}`, { peer: this.#parts.peer, code });
  }

  serve(method: OfferedMethod, bytes: Buffer, start: number, end: number): void {
    const { guests, caller, peer } = this.#parts;
    let call: GuestCall;
    try {
      call = guests.call(method, arrivedOneWay(caller, peer, bytes, start, end));
    } catch (thrown) {
      return this.#failed(method, thrown);
    }
    this.#running++;
    call.outcome.catch((thrown: unknown) => this.#failed(method, thrown)).finally(() => this.#running--);
  }

  #failed({ offer, entry }: OfferedMethod, thrown: unknown): void {
    const { code, message } = SkylarkError.from(thrown);
    const { log, peer } = this.#parts;
    log("warn", `one-way call of ${offer.service.name}.${entry.name} failed: ${message}`, { peer, code });
  }
}
