import { SkylarkError } from "@skylark/core";
import { type Deferred, deferred } from "@skylark/core/internal";
import { defaultKeepAlive, type KeepAliveOptions } from "../connection/keep-alive.js";
import type { ConnectionResources } from "../connection/resources.js";
import type { Listener, Transport, Wire } from "../transport/transport.js";
import { Failure } from "../wire/failure.js";
import { wireLimits } from "../wire/frame.js";
import type { ServiceEntry } from "../wire/handshake.js";
import { Drain, type DrainedConnection, type DrainOptions, type DrainReceipt } from "./drain.js";
import { GuestCalls } from "./guest-calls.js";
import type { MethodFiguresData } from "./method-figures.js";
import { Offer, type OfferedMethod } from "./offer.js";
import { ServerConnection, type ServerConnectionOwner } from "./server-connection.js";
import type { Service } from "./service.js";

export interface RpcServerOptions {
  /** Who answers here; a caller that dialled another instance is refused. */
  readonly instance: string;
  readonly transport: Transport;
  readonly resources: ConnectionResources;
  readonly keepAlive?: KeepAliveOptions | undefined;
  /** The longest message taken, and half of what may wait to be sent. Default: 4 MiB (and 64 MiB waiting). */
  readonly messageBytesMax?: number | undefined;
}

/** What a server counted of one service; as it travels. */
export interface ServiceFigures {
  readonly name: string;
  readonly version: string;
  readonly methods: readonly (MethodFiguresData & { readonly name: string })[];
}

type ServerState = { kind: "open" } | { kind: "closing"; lastGone: Deferred<void> };

/** Offers services on any number of addresses. Whoever made it closes it. */
export class RpcServer implements ServerConnectionOwner {
  readonly instance: string;
  /** Calls that come by other doors than a connection of ours. */
  readonly guests: GuestCalls;
  readonly #transport: Transport;
  readonly #resources: ConnectionResources;
  readonly #connectionOptions: { keepAlive: KeepAliveOptions; messageBytesMax: number };
  readonly #offers = new Map<string, Offer>();
  readonly #methods: (OfferedMethod | undefined)[] = [];
  readonly #connections = new Set<ServerConnection>();
  readonly #listeners = new Set<Listener>();
  readonly #drains = new Set<Drain>();
  #state: ServerState = { kind: "open" };

  constructor(options: RpcServerOptions) {
    this.instance = options.instance;
    this.#transport = options.transport;
    this.#resources = options.resources;
    this.guests = new GuestCalls(options.resources);
    this.#connectionOptions = {
      keepAlive: options.keepAlive ?? defaultKeepAlive,
      messageBytesMax: options.messageBytesMax ?? wireLimits.messageBytesMax,
    };
  }

  /** Offers a service from now on, to callers already connected too. Fails `already_exists` for a name offered before. */
  offer(service: Service): void {
    if (this.#offers.has(service.name)) {
      throw new SkylarkError("already_exists", `this process offers a service "${service.name}" already`);
    }
    const offer = new Offer(service, this.#methods.length);
    if (this.#methods.length + offer.methods.length > methodsMax) {
      throw new SkylarkError("resource_exhausted", `one process offers at most ${methodsMax} methods`);
    }
    this.#offers.set(service.name, offer);
    this.#methods.push(...offer.methods);
    this.#announce();
  }

  /** Offers it no more. Calls that still arrive are answered `unimplemented`, not executed. */
  withdraw(name: string): void {
    const offer = this.#offers.get(name);
    if (!offer) return;
    this.#offers.delete(name);
    for (const { entry } of offer.methods) this.#methods[entry.id] = undefined;
    this.#announce();
  }

  /** Accepts connections on `address`; answers with the address as bound. Fails `failed_precondition` where it is taken. */
  async listen(address: string): Promise<string> {
    const listener = await this.#transport.listen(address, (wire) => this.accept(wire));
    if (this.#state.kind === "open") this.#listeners.add(listener);
    else await listener.close();
    return listener.address;
  }

  /** Serves a wire that somebody else accepted. */
  accept(wire: Wire): void {
    if (this.#state.kind === "open") {
      this.#connections.add(new ServerConnection(wire, this.#connectionOptions, this.#resources, this));
    } else wire.destroy();
  }

  /**
   * Stops serving these services without losing a call: tells every caller, waits until they have gone elsewhere, refuses
   * what still comes with a promise that it did not run, and lets what runs finish.
   */
  async drain(names: readonly string[], options: DrainOptions = {}): Promise<DrainReceipt> {
    const offers = names.flatMap((name) => this.#offers.get(name) ?? []);
    const drain = new Drain(offers, this.#drained(), this.#resources, options);
    this.#drains.add(drain);
    try {
      return await drain.run();
    } finally {
      this.#drains.delete(drain);
    }
  }

  /**
   * Stops listening and ends every connection in order: answers given before still go out, behind them a goodbye. Resolves
   * when all are gone, which a caller that does not read can delay by a few seconds. Drain first where calls matter.
   */
  async close(): Promise<void> {
    if (this.#state.kind === "closing") return this.#state.lastGone.promise;
    const lastGone = deferred();
    this.#state = { kind: "closing", lastGone };
    await Promise.all([...this.#listeners].map((listener) => listener.close()));
    this.#listeners.clear();
    const goodbye = new Failure("unavailable", `instance ${this.instance} has closed`, { reason: "CONNECTION_LOST" });
    for (const connection of this.#connections) connection.close(goodbye);
    this.guests.lost(goodbye.toError());
    if (this.#connections.size === 0) lastGone.resolve();
    await lastGone.promise;
  }

  get services(): readonly ServiceEntry[] {
    return [...this.#offers.values()].map(({ entry }) => entry);
  }

  /** What is offered, with schemas and descriptions, for introspection. */
  get offered(): readonly Service[] {
    return [...this.#offers.values()].map(({ service }) => service);
  }

  /** What was counted of each method since its service is offered. Streams in both directions are not. */
  get figures(): readonly ServiceFigures[] {
    return [...this.#offers.values()].map(({ service, methods }) => ({
      name: service.name,
      version: service.version,
      methods: methods.map(({ entry, figures }) => ({ name: entry.name, ...figures.toData() })),
    }));
  }

  get connections(): number {
    return this.#connections.size;
  }

  get leaving(): readonly string[] {
    return [...this.#offers.values()].filter(({ isLeaving }) => isLeaving).map(({ service }) => service.name);
  }

  method(id: number): OfferedMethod | undefined {
    return this.#methods[id];
  }

  /** A method by its names; undefined where it is not offered. */
  methodNamed(service: string, method: string): OfferedMethod | undefined {
    return this.#offers.get(service)?.methods.find(({ entry }) => entry.name === method);
  }

  drained(connection: ServerConnection, services: readonly string[]): void {
    for (const drain of this.#drains) drain.acknowledged(connection, services);
  }

  closed(connection: ServerConnection): void {
    this.#connections.delete(connection);
    for (const drain of this.#drains) drain.gone(connection);
    if (this.#state.kind === "closing" && this.#connections.size === 0) this.#state.lastGone.resolve();
  }

  /** Those through which calls come, whoever they are by then. */
  #drained(): Iterable<DrainedConnection> {
    return { [Symbol.iterator]: () => [...this.#connections, this.guests].values() };
  }

  #announce(): void {
    for (const connection of this.#connections) connection.announce(this.services);
  }
}

/** Method numbers have 16 bits. */
const methodsMax = 65_536;
