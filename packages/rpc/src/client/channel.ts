import { type Balancer, balancers, type Picker } from "@skylark/balance";
import type { RetryBudget } from "@skylark/balance/internal";
import { SkylarkError } from "@skylark/core";
import { ambientCall, requestId } from "../call-context.js";
import type { MessageStream } from "../connection/message-stream.js";
import type { ConnectionResources } from "../connection/resources.js";
import { Failure } from "../wire/failure.js";
import type { MethodEntry, MethodShape } from "../wire/handshake.js";
import { requestFlags } from "../wire/request.js";
import { type CallOptions, ClientCall, type EventualOutcome, type Outcome, type Send } from "./client-call.js";
import { RemoteStream, type ServerStream } from "./server-stream.js";
import { clientStack, type StackParts } from "./stack.js";
import { StreamCall } from "./stream-call.js";
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

/** How a server stream is opened. */
export interface StreamOptions extends Omit<CallOptions, "timeoutMs"> {
  /** How long it may take from its opening to its end. Default: no limit but that of the call being served. */
  readonly timeoutMs?: number | undefined;
  /** How long finding an instance and beginning there may take. Default: `timeoutMs`, else that of the channel's calls. */
  readonly beginWithinMs?: number | undefined;
}

/** What a channel gets from the client that makes it. */
export interface ChannelParts {
  readonly options: ChannelOptions;
  readonly subchannels: Subchannels;
  readonly resources: ConnectionResources;
  /** Shared by all channels to the same service. */
  readonly budget: RetryBudget;
  readonly closed: () => void;
}

export const defaultTimeoutMs = 5000;

/** A client's virtual connection to a service: its instances come and go, one picker at a time chooses among them. */
export class Channel {
  readonly service: string;
  readonly #options: ChannelOptions;
  readonly #subchannels: Subchannels;
  readonly #resources: ConnectionResources;
  readonly #stackParts: Omit<StackParts, "attempt">;
  readonly #send: Send;
  readonly #sendOneWay: Send;
  readonly #waiters: Waiters;
  readonly #onClose: () => void;
  #links: readonly Subchannel[] = [];
  #picker: Picker<Subchannel> = nobody;
  #wanted = false;
  #closed = false;

  constructor(service: string, { options, subchannels, resources, budget, closed }: ChannelParts) {
    this.service = service;
    this.#options = options;
    this.#subchannels = subchannels;
    this.#resources = resources;
    this.#onClose = closed;
    this.#waiters = new Waiters(resources);
    this.#stackParts = { clock: resources.clock, random: resources.random, budget };
    this.#send = clientStack({ ...this.#stackParts, attempt: (call) => this.#attempt(call, unary) });
    this.#sendOneWay = clientStack({ ...this.#stackParts, attempt: (call) => this.#attempt(call, oneWay) });
  }

  /** Replaces the instances that calls may go to. Links to those that stay are kept. */
  update(endpoints: readonly Endpoint[]): void {
    if (this.#closed) return;
    const before = this.#links;
    this.#links = endpoints.map((endpoint) => this.#subchannels.acquire(endpoint, this.#changed));
    const kept = new Set(this.#links);
    for (const link of before) if (!kept.has(link)) this.#subchannels.release(link, this.#changed);
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
    const outcome = await this.#send(this.#newCall(method, args, options));
    if (outcome instanceof Failure) throw outcome.toError();
    return outcome;
  }

  /**
   * Calls a method and ends when the request was sent: what became of it shows in the provider's figures and log alone. Fails
   * as a call does where it could not be sent.
   */
  async oneWay(method: string, args: readonly unknown[], options: CallOptions = noOptions): Promise<void> {
    const call = this.#newCall(method, args, options);
    call.flags = requestFlags.oneWay;
    const outcome = await this.#sendOneWay(call);
    if (outcome instanceof Failure) throw outcome.toError();
  }

  #newCall(method: string, args: readonly unknown[], options: CallOptions): ClientCall {
    const ambient = ambientCall();
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs ?? defaultTimeoutMs;
    const ownDeadline = this.#resources.clock.now() + timeoutMs;
    const deadlineAt = ambient && ambient.deadlineAt < ownDeadline ? ambient.deadlineAt : ownDeadline;
    const call = new ClientCall(this.service, method, args, options, ambient, deadlineAt);
    call.requestId = requestId();
    return call;
  }

  /** The messages of a server stream. Opens nothing before it is read. */
  stream(method: string, args: readonly unknown[], options: StreamOptions = noOptions): ServerStream<unknown> {
    const [ambient, request] = [ambientCall(), requestId()];
    return new RemoteStream(() => {
      const { timeoutMs, beginWithinMs = timeoutMs ?? this.#options.timeoutMs ?? defaultTimeoutMs } = options;
      const now = this.#resources.clock.now();
      const endsAt = Math.min(
        ambient?.deadlineAt ?? Number.POSITIVE_INFINITY,
        now + (timeoutMs ?? Number.POSITIVE_INFINITY),
      );
      const call = new StreamCall(this.service, method, args, options, ambient, { endsAt, beginWithinMs }, now);
      call.requestId = request;
      const attempt = (): EventualOutcome => this.#attempt(call, (link) => link.attemptStream(call));
      return { call, outcome: clientStack({ ...this.#stackParts, attempt })(call) };
    });
  }

  /** What a method is, as far as the connected instances say; undefined while none has said. */
  shapeOf(method: string): MethodShape | undefined {
    for (const link of this.#links) {
      const shape = link.shapeOf(this.service, method);
      if (shape) return shape;
    }
    return undefined;
  }

  /** Pays for asking another instance again, out of the retries that the service has left; false: there are none. */
  payRetry(): boolean {
    return this.#stackParts.budget.withdraw();
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
    this.#picker = nobody;
    this.#waiters.endAll(this.#closedFailure());
    this.#onClose();
  }

  #attempt(call: ClientCall, on: AttemptOn): EventualOutcome {
    const link = this.#pick(call);
    if (!link) return this.#attemptLater(call, on);
    call.instance = link.id;
    return on(link, call);
  }

  async #attemptLater(call: ClientCall, on: AttemptOn): Promise<Outcome> {
    for (;;) {
      const failure = (await this.#waitForChange(call)) ?? call.givenUp;
      if (failure) return failure;
      const link = this.#pick(call);
      if (!link) continue;
      call.instance = link.id;
      return on(link, call);
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
    if (this.#closed) return Promise.resolve(this.#closedFailure());
    if (call.options.wait === false && !this.#links.some((link) => link.status === "connecting")) {
      return Promise.resolve(this.#absent(call));
    }
    return this.#waiters.wait(call, () => this.#absent(call));
  }

  #absent(call: ClientCall): Failure {
    const why = this.#links.length > 0 ? this.#unreachable() : (this.#options.absence?.() ?? "none is known");
    return new Failure("unavailable", `no instance of "${call.service}" can be called: ${why}`, {
      reason: "NO_INSTANCE",
      notExecuted: true,
    });
  }

  #unreachable(): string {
    const leaving = this.#links.filter((link) => link.isDraining(this.service)).length;
    const failing = this.#links.map((link) => link.failure).find((failure) => failure !== undefined);
    const others = leaving > 0 ? `${leaving} leaving, the others not connected` : "none connected";
    return `${this.#links.length} known, ${others}${failing ? ` (${failing.message})` : ""}`;
  }

  #closedFailure(): Failure {
    return new Failure("cancelled", `the client of ${this.service} was closed`, { notExecuted: true });
  }

  #pickerOf(links: readonly Subchannel[]): Picker<Subchannel> {
    return (this.#options.balancer ?? balancers.twoChoices).picker(links, this.#resources.random);
  }

  /** Those that leave are picked no more, and those that lack the service only where all do: that says what is wrong. */
  readonly #changed = (): void => {
    const staying = this.#links.filter((link) => !link.isDraining(this.service));
    const offering = staying.filter((link) => !link.lacks(this.service));
    try {
      this.#picker = this.#pickerOf(offering.length > 0 ? offering : staying);
    } catch (thrown) {
      const { message } = SkylarkError.from(thrown);
      this.#resources.log("error", `the balancer of "${this.service}" failed, its last choice stays: ${message}`);
    }
    this.#waiters.wake();
  };
}

/** Makes an attempt on the instance that was picked. */
type AttemptOn = (link: Subchannel, call: ClientCall) => EventualOutcome;
const unary: AttemptOn = (link, call) => link.attempt(call);
const oneWay: AttemptOn = (link, call) => link.attemptOneWay(call);
const noOptions: CallOptions = Object.freeze({});
const nobody: Picker<Subchannel> = { pick: () => undefined };
