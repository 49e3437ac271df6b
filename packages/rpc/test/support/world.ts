import type { LogLevel } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import type { TypedClient } from "@skylark/rpc";
import {
  type Channel,
  type ChannelOptions,
  type ConnectionResources,
  connectionResources,
  type Endpoint,
  MemoryNetwork,
  type Method,
  methodsOf,
  RpcClient,
  type RpcClientOptions,
  RpcServer,
  type RpcServerOptions,
  type Service,
  socketTransport,
  typedClient,
} from "@skylark/rpc/internal";
import { afterEach, beforeEach, describe, expect } from "vitest";
import { until } from "./until.js";
import { Wiretap } from "./wiretap.js";

export type Network = "memory" | "tcp";

interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
}

export interface Provider {
  readonly server: RpcServer;
  readonly endpoint: Endpoint;
  readonly resources: ConnectionResources;
}

/** Processes that call each other, as far as rpc can tell them from real ones: each with resources of its own. */
export class World {
  readonly network: Network;
  readonly tap: Wiretap;
  readonly logged: LogLine[] = [];
  readonly #clock: Clock | undefined;
  readonly #servers: RpcServer[] = [];
  readonly #clients: RpcClient[] = [];
  readonly #resources: ConnectionResources[] = [];
  #names = 0;

  constructor(network: Network, clock?: Clock) {
    this.network = network;
    this.tap = new Wiretap(network === "memory" ? new MemoryNetwork() : socketTransport);
    this.#clock = clock;
  }

  readonly log = (level: LogLevel, message: string): void => void this.logged.push({ level, message });

  resources(): ConnectionResources {
    const resources = connectionResources({ log: this.log, ...(this.#clock && { clock: this.#clock }) });
    this.#resources.push(resources);
    return resources;
  }

  /** A process that offers services, listening. */
  async provide(services: readonly Service[], options: Partial<RpcServerOptions> = {}): Promise<Provider> {
    const resources = this.resources();
    const instance = options.instance ?? `instance-${++this.#names}`;
    const server = new RpcServer({ transport: this.tap, resources, ...options, instance });
    this.#servers.push(server);
    for (const service of services) server.offer(service);
    const address = await server.listen(this.network === "memory" ? `memory://${instance}` : "tcp://127.0.0.1:0");
    return { server, endpoint: { id: instance, address }, resources };
  }

  /** A process that calls. */
  client(options: Partial<RpcClientOptions> = {}): RpcClient {
    const client = new RpcClient({
      identity: { name: "tester", proof: "none" },
      transport: this.tap,
      resources: this.resources(),
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** A channel of a process of its own. */
  channel(
    service: string,
    providers: readonly Provider[],
    options: ChannelOptions & Partial<RpcClientOptions> = {},
  ): Channel {
    const channel = this.client(options).channel(service, options);
    channel.update(providers.map(({ endpoint }) => endpoint));
    return channel;
  }

  /** One provider of one service, and a client of it. */
  async pair<T extends object>(
    implementation: T,
    options: Partial<RpcServerOptions> & ChannelOptions & Partial<RpcClientOptions> & Partial<Marks> = {},
  ): Promise<{ calls: TypedClient<T>; channel: Channel; provider: Provider }> {
    const provider = await this.provide([serviceOf("service", implementation, options)], pick(options, serverKeys));
    const channel = this.channel("service", [provider], pick(options, clientKeys));
    return { calls: typedClient<T>(channel), channel, provider };
  }

  /** Lines of a level that say this. */
  saying(level: LogLevel, part: string): readonly LogLine[] {
    return this.logged.filter((line) => line.level === level && line.message.includes(part));
  }

  /** Closes everything, and finds out whether something was left behind. */
  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await Promise.all(this.#servers.map((server) => server.close()));
    await until(() => this.#resources.every(({ liveness }) => liveness.size === 0));
    for (const server of this.#servers) expect(server.connections).toBe(0);
    for (const { deadlines, slab } of this.#resources) {
      expect(deadlines.size, "deadlines that nobody took off the wheel").toBe(0);
      expect(slab.holders, "frames that were neither written nor given up").toBe(0);
    }
    await until(() => this.tap.open().length === 0);
  }
}

const serverKeys = ["instance", "keepAlive", "messageBytesMax"] as const;
const clientKeys = ["identity", "keepAlive", "messageBytesMax", "connectTimeoutMs", "balancer", "timeoutMs"] as const;

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Partial<Pick<T, K>> {
  return Object.fromEntries(keys.filter((key) => key in from).map((key) => [key, from[key]])) as Partial<Pick<T, K>>;
}

/** What a plain implementation cannot say of its functions. */
export interface Marks {
  readonly version: string;
  readonly idempotent: readonly string[];
  /** Streams, beside the functions. */
  readonly streams: Readonly<Record<string, Extract<Method, { shape: "stream" }>["open"]>>;
}

export function serviceOf(name: string, implementation: object, marks: Partial<Marks> = {}): Service {
  const methods: Map<string, Method> =
    Object.keys(implementation).length > 0 || !marks.streams ? methodsOf(implementation) : new Map();
  for (const each of marks.idempotent ?? []) {
    const method = methods.get(each);
    if (method && method.shape !== "stream") methods.set(each, { ...method, idempotent: true });
  }
  for (const [stream, open] of Object.entries(marks.streams ?? {})) methods.set(stream, { shape: "stream", open });
  return { name, version: marks.version ?? "1", methods };
}

/**
 * The same tests over memory and over TCP, each in a world of its own that is searched for leaks afterwards. `clock`: makes
 * the world's clock, where the test wants to move it.
 */
export function overEachNetwork(what: string, tests: (world: () => World) => void, clock?: () => Clock): void {
  describe.each<Network>(["memory", "tcp"])(`${what}, over %s`, (network) => {
    let world: World;
    beforeEach(() => {
      world = new World(network, clock?.());
    });
    afterEach(() => world.close());
    tests(() => world);
  });
}
