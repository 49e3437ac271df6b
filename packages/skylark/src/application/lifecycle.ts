import type { Log } from "@skylark/core";
import { type DrainReceipt, detached } from "@skylark/rpc";

/** What a service may want to do as its life goes on. Each is called once per transition, in this order. */
export interface Lifecycle {
  /** It listens; nobody knows it yet. */
  readonly started?: (address: string) => void | Promise<void>;
  /** It is listed and in rotation: at the start, and each time it is put back. */
  readonly registered?: () => void | Promise<void>;
  /** It is out of rotation: taken out, or about to leave. */
  readonly unregistered?: () => void | Promise<void>;
  /** It has left, and nothing of it runs any more. */
  readonly stopped?: (receipt: DrainReceipt) => void | Promise<void>;
}

/** Calls them one after another, in the order of the transitions; one that fails is reported and stops nothing. */
export class LifecycleCalls {
  readonly #service: string;
  readonly #lifecycle: Lifecycle;
  readonly #log: Log;
  #last: Promise<void> = Promise.resolve();
  #inRotation = false;

  constructor(service: string, lifecycle: Lifecycle, log: Log) {
    this.#service = service;
    this.#lifecycle = lifecycle;
    this.#log = log;
  }

  get inRotation(): boolean {
    return this.#inRotation;
  }

  started(address: string): Promise<void> {
    return this.#next("started", () => this.#lifecycle.started?.(address));
  }

  /** Tells a change of rotation; what is no change is not told. */
  rotated(inRotation: boolean): Promise<void> {
    if (inRotation === this.#inRotation) return this.#last;
    this.#inRotation = inRotation;
    return inRotation
      ? this.#next("registered", () => this.#lifecycle.registered?.())
      : this.#next("unregistered", () => this.#lifecycle.unregistered?.());
  }

  stopped(receipt: DrainReceipt): Promise<void> {
    return this.#next("stopped", () => this.#lifecycle.stopped?.(receipt));
  }

  #next(name: keyof Lifecycle, callback: () => void | Promise<void>): Promise<void> {
    this.#last = this.#last.then(async () => {
      try {
        await detached(callback); // whoever asked for the transition may be serving a call, of which this is no part
      } catch (thrown) {
        this.#log("error", `the ${name}() callback of "${this.#service}" failed`, { why: String(thrown) });
      }
    });
    return this.#last;
  }
}
