import { type Log, SkylarkError } from "@skylark/core";
import { deferred, systemClock } from "@skylark/core/internal";
import type { Registration } from "@skylark/discovery/internal";
import type { ServiceStanding } from "@skylark/http/internal";
import type { DrainReceipt } from "@skylark/rpc";
import type { RpcServer, Service } from "@skylark/rpc/internal";
import type { LoadedSettings } from "../settings/loaded-settings.js";
import type { Candidacy } from "./candidacy.js";
import type { LifecycleCalls } from "./lifecycle.js";
import type { Need } from "./requirements.js";
import { within } from "./within.js";

type ServedState =
  | { kind: "serving" }
  | { kind: "draining"; receipt: Promise<DrainReceipt> }
  | { kind: "stopped"; receipt: DrainReceipt };

/** What a service gets from the application that serves it. */
export interface ServedServiceParts {
  readonly service: Service;
  readonly address: string;
  /** Offers it already. */
  readonly server: RpcServer;
  readonly registration: Registration;
  readonly lifecycle: LifecycleCalls;
  /** Undefined where it does not stand for election. */
  readonly candidacy: Candidacy | undefined;
  /** Declares what the service requires. */
  readonly need: () => readonly Need[];
  readonly drainOptions: { readonly noticeMs: number; readonly timeoutMs: number };
  readonly settings: LoadedSettings | undefined;
  readonly log: Log;
}

/** Whoever waits for the store so long wants to know what for. */
const unlistedNoticeMs = 2000;

/** A service while this process offers it. */
export class ServedService {
  readonly name: string;
  readonly version: string;
  /** The id of this process, as others see it. */
  readonly instance: string;
  /** Where it listens: `tcp://127.0.0.1:41234`. */
  readonly address: string;
  /** The program's own settings, where it said which. */
  readonly settings: LoadedSettings | undefined;
  readonly #parts: ServedServiceParts;
  readonly #stopped = deferred<DrainReceipt>();
  #needs: readonly Need[] = [];
  #state: ServedState = { kind: "serving" };

  /** @internal Services are made by `serve`. */
  constructor(parts: ServedServiceParts) {
    this.name = parts.service.name;
    this.version = parts.service.version;
    this.instance = parts.server.instance;
    this.address = parts.address;
    this.settings = parts.settings;
    this.#parts = parts;
  }

  get status(): "registered" | "unregistered" | "draining" | "stopped" {
    if (this.#state.kind !== "serving") return this.#state.kind;
    return this.#parts.lifecycle.inRotation ? "registered" : "unregistered";
  }

  /** Whether callers choose it. What the store held once stands while the store is away. */
  get standing(): ServiceStanding {
    if (this.#state.kind !== "serving") return "leaving";
    const { lifecycle, registration } = this.#parts;
    if (lifecycle.inRotation) return "ready";
    return registration.status.kind === "listed" ? "unregistered" : "unlisted";
  }

  /** The epoch in which this instance leads the service; undefined where another does, or none. */
  get leads(): number | undefined {
    return this.#parts.candidacy?.epoch;
  }

  /** @internal Registers it. Resolves when it is listed; where that fails, it has left again. */
  async start(): Promise<void> {
    const { lifecycle, registration } = this.#parts;
    try {
      await lifecycle.started(this.address);
      if (this.#state.kind !== "serving") {
        throw new SkylarkError("cancelled", `"${this.name}" was stopped before it was registered`);
      }
      this.#needs = this.#parts.need();
      await this.#listed(Promise.all([registration.start(), ...this.#needs.map(({ listed }) => listed)]));
      this.#parts.candidacy?.stand();
    } catch (thrown) {
      await this.stop();
      throw thrown;
    }
  }

  /** Waits for as long as that takes, and says once that it does. */
  async #listed(listed: Promise<unknown>): Promise<void> {
    const { address, log } = this.#parts;
    const message = `"${this.name}" listens on ${address}, and is not listed yet: the store does not answer. It is listed by itself once the store is back`;
    const notice = systemClock.after(unlistedNoticeMs, () => log("warn", message), true);
    try {
      await listed;
    } finally {
      notice.cancel();
    }
  }

  /**
   * Puts it into rotation: callers choose it from now on, unless an operator said otherwise. Resolves when the store holds
   * it. Does nothing once the service is leaving.
   */
  async register(): Promise<void> {
    if (this.#state.kind === "serving") await this.#parts.registration.update({ registered: true });
  }

  /** Takes it out of rotation: it runs on and answers who calls it, but nobody chooses it. Otherwise as `register`. */
  async unregister(): Promise<void> {
    if (this.#state.kind === "serving") await this.#parts.registration.update({ registered: false });
  }

  /**
   * Leaves without losing a call: unregisters, tells its callers, waits for what runs. Answers with the receipt; so do
   * further calls. The process goes on, and its port stays open: `application().close()` ends both.
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
    const { server, service, registration, lifecycle, candidacy, drainOptions, log } = this.#parts;
    await Promise.all([candidacy?.withdraw(), registration.leave()]);
    await this.#told("unregistered", lifecycle.rotated(false));
    const receipt = await server.drain([this.name], drainOptions);
    server.withdraw(this.name);
    await service.close?.();
    await Promise.all(this.#needs.map((need) => need.release()));
    this.#state = { kind: "stopped", receipt };
    log("info", receiptLine(receipt));
    await this.#told("stopped", lifecycle.stopped(receipt));
    this.#stopped.resolve(receipt);
    return receipt;
  }

  /** A callback may take its time, but must not keep the service from leaving. */
  async #told(callback: string, told: Promise<void>): Promise<void> {
    const { timeoutMs } = this.#parts.drainOptions;
    await within(timeoutMs, told, () => {
      const message = `the callbacks of "${this.name}" have not ended within ${timeoutMs} ms: it leaves without ${callback}()`;
      this.#parts.log("warn", message);
    });
  }
}

function receiptLine(receipt: DrainReceipt): string {
  const { services, told, acknowledged, finished, refused, abandoned, tookMs } = receipt;
  const callers = told === 0 ? "no caller was left" : `${acknowledged} of ${told} connected callers confirmed`;
  return `drain receipt: "${services.join(", ")}" left in ${tookMs} ms; ${callers}; ${finished} calls finished, ${refused} sent elsewhere, ${abandoned} abandoned`;
}
