import { type Balancer, balancers, type Picker } from "@skylark/balance";
import { RetryBudget } from "@skylark/balance/internal";
import type { SkylarkError } from "@skylark/core";
import { ambientCall } from "../call-context.js";
import type { MessageStream } from "../connection/message-stream.js";
import type { ConnectionResources } from "../connection/resources.js";
import { Failure } from "../wire/failure.js";
import type { MethodEntry } from "../wire/handshake.js";
import { type CallOptions, ClientCall, type Outcome, type Send } from "./client-call.js";
import { clientStack } from "./stack.js";
import type { Endpoint, Subchannel } from "./subchannel.js";
import type { Subchannels } from "./subchannels.js";
import { Waiters } from "./waiters.js";

export interface ChannelOptions {
  /** Default: two choices. */
  readonly balancer?: Balancer | undefined;
  /** Deadline of calls that name none. Default: 5000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Says why no instance fits, for the error's message. */
  readonly absence?: (() => string) | undefined;
}

export const defaultTimeoutMs = 5000;

/** A client's virtual connection to a service: its instances come and go, one picker at a time chooses among them. */
export class Channel {
  readonly service: string;
  readonly #options: ChannelOptions;
  readonly #subchannels: Subchannels;
  readonly #resources: ConnectionResources;
  readonly #send: Send;
  readonly #waiters: Waiters;
  #links: readonly Subchannel[] = [];
  #picker: Picker<Subchannel>;
  #wanted = false;
  #closed = false;

  constructor(service: string, subchannels: Subchannels, resources: ConnectionResources, options: ChannelOptions = {}) {
    this.service = service;
    this.#options = options;
    this.#subchannels = subchannels;
    this.#resources = resources;
    this.#picker = this.#pickerOf([]);
    this.#waiters = new Waiters(resources);
    const { clock, random } = resources;
    this.#send = clientStack({ clock, random, budget: new RetryBudget(clock), attempt: (call) => this.#attempt(call) });
  }

  /** Replaces the instances that calls may go to. Links to those that stay are kept. */
  update(endpoints: readonly Endpoint[]): void {
    if (this.#closed) return;
    const before = this.#links;
    this.#links = endpoints.map((endpoint) => this.#subchannels.acquire(endpoint, this.#changed));
    for (const link of before) if (!this.#links.includes(link)) this.#subchannels.release(link, this.#changed);
    if (this.#wanted) this.connect();
    this.#changed();
  }

  /** Connects to every instance: before the first call where that shall not wait. */
  connect(): void {
    this.#wanted = true;
    for (const link of this.#links) link.connect();
  }

  /** Calls a method. A failed call throws here, with the stack of whoever awaits it. */
  async call(method: string, args: readonly unknown[], options: CallOptions = noOptions): Promise<unknown> {
    const ambient = ambientCall();
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs ?? defaultTimeoutMs;
    const ownDeadline = this.#resources.clock.now() + timeoutMs;
    const deadlineAt = ambient && ambient.deadlineAt < ownDeadline ? ambient.deadlineAt : ownDeadline;
    const outcome = await this.#send(new ClientCall(this.service, method, args, options, ambient, deadlineAt));
    if (outcome instanceof Failure) throw outcome.toError();
    return outcome;
  }

  /** Waits until an instance is connected. Rejects `unavailable` with reason NO_INSTANCE where none is by then. */
  async ready(withinMs = defaultTimeoutMs): Promise<void> {
    await this.#readyLink("", withinMs);
  }

  /** Opens a stream on one instance, once one is connected. Rejects `unavailable` where none is by then. */
  async openStream(method: string, timeoutMs = defaultTimeoutMs): Promise<MessageStream> {
    const link = await this.#readyLink(method, timeoutMs);
    return link.openStream(this.service, method);
  }

  /** What the connected instances say they offer under this service's name. */
  get methods(): readonly MethodEntry[] {
    for (const link of this.#links) {
      const service = link.services.find(({ name }) => name === this.service);
      if (service) return service.methods;
    }
    return [];
  }

  /** Each instance and how this client stands with it. */
  get links(): readonly { id: string; address: string; status: Subchannel["status"]; inFlight: number }[] {
    return this.#links.map(({ id, address, status, inFlight }) => ({ id, address, status, inFlight }));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const link of this.#links) this.#subchannels.release(link, this.#changed);
    this.#links = [];
    this.#waiters.endAll(new Failure("cancelled", `the client of ${this.service} was closed`));
  }

  #attempt(call: ClientCall): Outcome | Promise<Outcome> {
    const link = this.#pick(call);
    return link ? this.#attemptOn(link, call) : this.#attemptLater(call);
  }

  #attemptOn(link: Subchannel, call: ClientCall): Outcome | Promise<Outcome> {
    call.instance = link.id;
    return link.attempt(call);
  }

  async #attemptLater(call: ClientCall): Promise<Outcome> {
    for (;;) {
      const failure = await this.#waitForChange(call);
      if (failure) return failure;
      const link = this.#pick(call);
      if (link) return this.#attemptOn(link, call);
    }
  }

  #pick(call: ClientCall): Subchannel | undefined {
    if (!this.#wanted) this.connect();
    const link = this.#picker.pick(call);
    return link?.ready ? link : undefined;
  }

  async #readyLink(method: string, timeoutMs: number): Promise<Subchannel> {
    const deadlineAt = this.#resources.clock.now() + timeoutMs;
    const call = new ClientCall(this.service, method, [], noOptions, undefined, deadlineAt);
    for (;;) {
      const link = this.#pick(call);
      if (link) return link;
      const failure = await this.#waitForChange(call);
      if (failure) throw failure.toError();
    }
  }

  #waitForChange(call: ClientCall): Promise<Failure | undefined> {
    if (this.#closed) return Promise.resolve(new Failure("cancelled", `the client of ${this.service} was closed`));
    if (call.options.wait === false && !this.#links.some((link) => link.status === "connecting")) {
      return Promise.resolve(this.#absent(call));
    }
    return this.#waiters.wait(call, () => this.#absent(call));
  }

  #absent(call: ClientCall): Failure {
    const failing = this.#links.map((link) => link.failure).find((failure) => failure !== undefined);
    const why =
      this.#links.length > 0
        ? unreachable(this.#links.length, failing)
        : (this.#options.absence?.() ?? "none is known");
    return new Failure("unavailable", `no instance of "${call.service}" can be called: ${why}`, {
      reason: "NO_INSTANCE",
      notExecuted: true,
    });
  }

  #pickerOf(links: readonly Subchannel[]): Picker<Subchannel> {
    return (this.#options.balancer ?? balancers.twoChoices).picker(links, this.#resources.random);
  }

  readonly #changed = (): void => {
    const eligible = this.#links.filter((link) => !link.isDraining(this.service));
    this.#picker = this.#pickerOf(eligible);
    this.#waiters.wake();
  };
}

const noOptions: CallOptions = Object.freeze({});

function unreachable(count: number, failing: SkylarkError | undefined): string {
  return `${count} known, none connected${failing ? ` (${failing.message})` : ""}`;
}
