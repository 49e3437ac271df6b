import type { Log } from "@skylark/core";
import { deferred } from "@skylark/core/internal";
import type { Registration } from "@skylark/discovery/internal";
import type { DrainOptions, DrainReceipt } from "@skylark/rpc";
import type { RpcServer } from "@skylark/rpc/internal";
import type { LifecycleCalls } from "./lifecycle.js";

type ServedState =
  | { kind: "serving" }
  | { kind: "draining"; receipt: Promise<DrainReceipt> }
  | { kind: "stopped"; receipt: DrainReceipt };

/** A service while this process offers it. */
export class ServedService {
  readonly name: string;
  readonly version: string;
  /** The id of this process, as others see it. */
  readonly instance: string;
  /** Where it listens: `tcp://127.0.0.1:41234`. */
  readonly address: string;
  readonly #server: RpcServer;
  readonly #registration: Registration;
  readonly #lifecycle: LifecycleCalls;
  readonly #drainOptions: DrainOptions;
  readonly #log: Log;
  readonly #stopped = deferred<DrainReceipt>();
  #state: ServedState = { kind: "serving" };

  constructor(parts: {
    name: string;
    version: string;
    address: string;
    server: RpcServer;
    registration: Registration;
    lifecycle: LifecycleCalls;
    drainOptions: DrainOptions;
    log: Log;
  }) {
    this.name = parts.name;
    this.version = parts.version;
    this.instance = parts.server.instance;
    this.address = parts.address;
    this.#server = parts.server;
    this.#registration = parts.registration;
    this.#lifecycle = parts.lifecycle;
    this.#drainOptions = parts.drainOptions;
    this.#log = parts.log;
  }

  get status(): "registered" | "unregistered" | "draining" | "stopped" {
    if (this.#state.kind !== "serving") return this.#state.kind;
    return this.#lifecycle.inRotation ? "registered" : "unregistered";
  }

  /** Puts it into rotation: callers choose it from now on. */
  async register(): Promise<void> {
    if (this.#state.kind === "serving") await this.#registration.update({ registered: true });
  }

  /** Takes it out of rotation: it runs on and answers who calls it, but nobody chooses it. */
  async unregister(): Promise<void> {
    if (this.#state.kind === "serving") await this.#registration.update({ registered: false });
  }

  /**
   * Leaves without losing a call: unregisters, tells its callers, waits for what runs. Answers with the receipt; so do
   * further calls.
   */
  stop(): Promise<DrainReceipt> {
    if (this.#state.kind === "stopped") return Promise.resolve(this.#state.receipt);
    if (this.#state.kind === "draining") return this.#state.receipt;
    const receipt = this.#leave();
    this.#state = { kind: "draining", receipt };
    return receipt;
  }

  /** Resolves with the receipt when it has left, whoever asked for that. */
  stopped(): Promise<DrainReceipt> {
    return this.#stopped.promise;
  }

  async #leave(): Promise<DrainReceipt> {
    try {
      await this.#registration.leave();
    } catch (thrown) {
      // with the store away it cannot be unlisted; its callers are told by their connections all the same
      this.#log("warn", `"${this.name}" could not be unregistered; its entry ends with the session`, {
        why: String(thrown),
      });
    }
    await this.#lifecycle.rotated(false);
    const receipt = await this.#server.drain([this.name], this.#drainOptions);
    this.#server.withdraw(this.name);
    this.#state = { kind: "stopped", receipt };
    this.#log("info", receiptLine(receipt));
    await this.#lifecycle.stopped(receipt);
    this.#stopped.resolve(receipt);
    return receipt;
  }
}

function receiptLine(receipt: DrainReceipt): string {
  const { services, told, acknowledged, finished, refused, abandoned, tookMs } = receipt;
  const callers = told === 0 ? "nobody was connected" : `${acknowledged} of ${told} connected callers confirmed`;
  return `drain receipt: "${services.join(", ")}" left in ${tookMs} ms; ${callers}; ${finished} calls finished, ${refused} sent elsewhere, ${abandoned} abandoned`;
}
