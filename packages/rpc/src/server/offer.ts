import type { MethodEntry, ServiceEntry } from "../wire/handshake.js";
import { MethodFigures } from "./method-figures.js";
import type { Method, Service } from "./service.js";
import { type Open, openThrough, type Serve, serveThrough } from "./stack.js";

/** A method as it is dispatched: by its number, through layers composed once. */
export interface OfferedMethod {
  readonly entry: MethodEntry;
  readonly method: Method;
  readonly offer: Offer;
  /** Undefined for a stream. */
  readonly serve: Serve | undefined;
  /** Undefined for all but a server stream. */
  readonly open: Open | undefined;
  /** Counted by the calls themselves; streams in both directions are not. */
  readonly figures: MethodFigures;
}

type OfferState =
  | { kind: "serving" }
  /** Callers are being told to go elsewhere; what they sent before they knew is still served. */
  | { kind: "leaving" }
  /** What begins now is refused with a promise that it did not run. */
  | { kind: "refusing" };

/** A service while a server offers it: its methods' numbers, and what of it is running. */
export class Offer {
  readonly service: Service;
  readonly methods: readonly OfferedMethod[];
  #state: OfferState = { kind: "serving" };
  #running = 0;
  #finished = 0;
  #refused = 0;
  #whenIdle: (() => void)[] = [];

  constructor(service: Service, firstId: number) {
    this.service = service;
    this.methods = [...service.methods].map(([name, method], index) => ({
      entry: {
        id: firstId + index,
        name,
        shape: method.shape,
        idempotent: method.shape !== "stream" && method.idempotent,
        layout: method.layout ?? "",
      },
      method,
      offer: this,
      serve: method.shape === "unary" ? serveThrough(method, `${service.name}.${name}`) : undefined,
      open: method.shape === "server-stream" ? openThrough(method, `${service.name}.${name}`) : undefined,
      figures: new MethodFigures(method.shape),
    }));
  }

  get entry(): ServiceEntry {
    const { name, version } = this.service;
    return { name, version, methods: this.methods.map(({ entry }) => entry) };
  }

  get isLeaving(): boolean {
    return this.#state.kind !== "serving";
  }

  /** Calls and streams. */
  get running(): number {
    return this.#running;
  }

  /** Calls that were answered, whatever the answer; server streams that came to their own end. */
  get finished(): number {
    return this.#finished;
  }

  /** Calls and streams that came too late. */
  get refused(): number {
    return this.#refused;
  }

  /** Whether a call or stream may begin; counts it either way. What has begun must be `ended` or `dropped`. */
  begin(): boolean {
    if (this.#state.kind === "refusing") {
      this.#refused++;
      return false;
    }
    this.#running++;
    return true;
  }

  /** A call was answered. */
  ended(): void {
    this.#finished++;
    this.dropped();
  }

  /** A stream in both directions ended, or what nobody waits for any more. */
  dropped(): void {
    this.#running--;
    if (this.#running > 0) return;
    const idle = this.#whenIdle;
    this.#whenIdle = [];
    for (const tell of idle) tell();
  }

  /** From now on it says that it is leaving. */
  leave(): void {
    if (this.#state.kind === "serving") this.#state = { kind: "leaving" };
  }

  /** From now on nothing begins. Resolves when nothing runs any more. */
  refuse(): Promise<void> {
    this.#state = { kind: "refusing" };
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }
}
