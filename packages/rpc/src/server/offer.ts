import { type MethodEntry, type ServiceEntry } from "../wire/handshake.js";
import type { Method, Service } from "./service.js";
import { type Serve, serveThrough } from "./stack.js";

/** A method as it is dispatched: by its number, through layers composed once. */
export interface OfferedMethod {
  readonly entry: MethodEntry;
  readonly method: Method;
  readonly offer: Offer;
  readonly serve: Serve | undefined;
}

type OfferState =
  | { kind: "serving" }
  /** New calls are refused with a promise that they did not run; `idle` is called when the last one has ended. */
  | { kind: "refusing"; idle: () => void };

/** A service while a server offers it: its methods' numbers, and how many of its calls are running. */
export class Offer {
  readonly service: Service;
  readonly methods: readonly OfferedMethod[];
  #state: OfferState = { kind: "serving" };
  #running = 0;
  #finished = 0;
  #refused = 0;

  constructor(service: Service, firstId: number) {
    this.service = service;
    this.methods = [...service.methods].map(([name, method], index) => ({
      entry: {
        id: firstId + index,
        name,
        shape: method.shape,
        idempotent: method.shape === "unary" && method.idempotent,
        layout: method.layout ?? "",
      },
      method,
      offer: this,
      serve: method.shape === "unary" ? serveThrough(method, `${service.name}.${name}`) : undefined,
    }));
  }

  get entry(): ServiceEntry {
    const { name, version } = this.service;
    return { name, version, methods: this.methods.map(({ entry }) => entry) };
  }

  get running(): number {
    return this.#running;
  }

  get finished(): number {
    return this.#finished;
  }

  get refused(): number {
    return this.#refused;
  }

  /** Whether a call may begin; counts it either way. Every begun call must be `ended`. */
  begin(): boolean {
    if (this.#state.kind === "refusing") {
      this.#refused++;
      return false;
    }
    this.#running++;
    return true;
  }

  ended(): void {
    this.#running--;
    this.#finished++;
    if (this.#running === 0 && this.#state.kind === "refusing") this.#state.idle();
  }

  /** From now on nothing begins. `idle` is called when nothing runs any more: at once, where nothing does. */
  refuse(idle: () => void): void {
    this.#state = { kind: "refusing", idle };
    if (this.#running === 0) idle();
  }
}
