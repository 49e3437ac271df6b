import { hostname } from "node:os";
import { balancerNamed } from "@skylark/balance";
import { type Coordination, openCoordination } from "@skylark/coordination";
import { type Log, SkylarkError } from "@skylark/core";
import { randomId, systemClock, systemRandom } from "@skylark/core/internal";
import { advertisedAddress, type InstanceRecord, Registration, Requirement } from "@skylark/discovery/internal";
import type { DrainReceipt } from "@skylark/rpc";
import {
  type ConnectionResources,
  connectionResources,
  RpcClient,
  RpcServer,
  type Service,
  socketTransport,
} from "@skylark/rpc/internal";
import { type LoadedSettings, loadSettings, type SettingOrigin } from "../settings/loaded-settings.js";
import { type RuntimeSettings, runtimeSettings } from "../settings/runtime-settings.js";
import { consoleLog } from "./console-log.js";
import { ConsumedService } from "./consumed-service.js";
import { instanceService } from "./instance-service.js";
import { type Lifecycle, LifecycleCalls } from "./lifecycle.js";
import { ServedService } from "./served-service.js";

/** Settings given in code win over flags, environment and file. */
export interface ApplicationOptions {
  readonly settings?: Partial<RuntimeSettings> | undefined;
  /** Who this process is for those it calls, and whose section of the settings file holds. Default: the first service it serves. */
  readonly name?: string | undefined;
  /** Whose section `name@version` of the settings file holds as well. */
  readonly version?: string | undefined;
  /** Where the framework's own words go. Default: lines on standard error, from `logLevel` on. */
  readonly log?: Log | undefined;
}

/** How a service is offered, beside what it is. */
export interface OfferOptions {
  /** Services it calls: declared, so that everybody sees who depends on whom. */
  readonly requires?: readonly string[] | undefined;
  /** Whether it goes into rotation at once. Default: true. */
  readonly register?: boolean | undefined;
  readonly lifecycle?: Lifecycle | undefined;
  /** The program's own settings, for `sky config` to show. */
  readonly settings?: LoadedSettings | undefined;
}

type ApplicationState = { kind: "open" } | { kind: "closing"; done: Promise<readonly DrainReceipt[]> };

/**
 * One process as others see it: one instance id, one port, one session with coordination, any number of services offered
 * and called. Whoever made it closes it. Programs that need only one use `serve` and `connect`, which share one.
 */
export class Application implements AsyncDisposable {
  readonly instance = randomId();
  readonly settings: LoadedSettings<(typeof runtimeSettings)["fields"]>;
  readonly log: Log;
  readonly #name: string | undefined;
  readonly #startedAt = new Date();
  readonly #resources: ConnectionResources;
  readonly #server: RpcServer;
  readonly #served = new Map<string, ServedService>();
  readonly #consumed = new Map<string, Promise<ConsumedService>>();
  readonly #requirements = new Set<Requirement>();
  readonly #programSettings: LoadedSettings[] = [];
  #state: ApplicationState = { kind: "open" };
  #coordination: Promise<Coordination> | undefined;
  #address: Promise<string> | undefined;
  #client: RpcClient | undefined;

  /** Fails `invalid_argument` with reason SETTING where a setting is wrong, and names it. */
  constructor(options: ApplicationOptions = {}) {
    this.settings = loadSettings(runtimeSettings, {
      service: options.name,
      version: options.version,
      code: options.settings ?? {},
      refuseUnknown: "lookalikes",
    });
    this.#name = options.name;
    this.log = options.log ?? consoleLog(this.settings.values.logLevel, () => this.name);
    this.#resources = connectionResources({ log: this.log });
    this.#server = new RpcServer({ instance: this.instance, transport: socketTransport, resources: this.#resources });
    this.#server.offer(instanceService(this, this.#server, this.#startedAt));
  }

  get name(): string {
    return this.#name ?? this.#served.keys().next().value ?? "anonymous";
  }

  get served(): readonly ServedService[] {
    return [...this.#served.values()];
  }

  /** Every setting of this process, the framework's and the program's own, with where each came from. */
  get settingOrigins(): Readonly<Record<string, SettingOrigin>> {
    return Object.assign({}, this.settings.origins, ...this.#programSettings.map(({ origins }) => origins)) as Record<
      string,
      SettingOrigin
    >;
  }

  /** The store, opened when first needed. Closed with the application. */
  coordination(): Promise<Coordination> {
    this.#refuseWhenClosing();
    this.#coordination ??= this.#openCoordination();
    return this.#coordination;
  }

  /** Listens, offers the service and registers it. Resolves when it is listed. */
  async offer(service: Service, options: OfferOptions = {}): Promise<ServedService> {
    this.#refuseWhenClosing();
    const coordination = await this.coordination();
    const address = await this.#listen();
    this.#server.offer(service);
    if (options.settings) this.#programSettings.push(options.settings);
    const lifecycle = new LifecycleCalls(service.name, options.lifecycle ?? {}, this.log);
    await lifecycle.started(address);
    const registration = this.#registration(coordination, service, address, lifecycle, options);
    const served = this.#serving(service, address, registration, lifecycle);
    try {
      await registration.start();
      for (const required of options.requires ?? []) await this.#require(coordination, required);
    } catch (thrown) {
      await served.stop();
      throw thrown;
    }
    this.log("info", `"${service.name}" ${service.version} is served on ${address} as instance ${this.instance}`);
    return served;
  }

  /** The service as this process calls it; one for all its clients. */
  consume(service: string): Promise<ConsumedService> {
    this.#refuseWhenClosing();
    let consumed = this.#consumed.get(service);
    if (!consumed) {
      consumed = this.#consume(service);
      this.#consumed.set(service, consumed);
      consumed.catch(() => this.#consumed.delete(service)); // the next one may try again
    }
    return consumed;
  }

  /** Drains every service, ends every connection and the session. Further calls answer the same. */
  close(): Promise<readonly DrainReceipt[]> {
    if (this.#state.kind === "open") this.#state = { kind: "closing", done: this.#close() };
    return this.#state.done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<readonly DrainReceipt[]> {
    const receipts = await Promise.all(this.served.map((served) => served.stop()));
    await Promise.allSettled([...this.#consumed.values()].map(async (consumed) => (await consumed).close()));
    await Promise.allSettled([...this.#requirements].map((requirement) => requirement.leave()));
    this.#client?.close();
    await this.#server.close();
    const coordination = await this.#coordination?.catch(() => undefined);
    await coordination?.close();
    return receipts;
  }

  #openCoordination(): Promise<Coordination> {
    const { coordination: url, home, sessionTtlMs: ttlMs } = this.settings.values;
    const opened = openCoordination({ url, home, ttlMs, log: this.log });
    opened.catch(() => {
      this.#coordination = undefined; // the next one may try again
    });
    return opened;
  }

  #listen(): Promise<string> {
    const { host, port, coordination, advertise } = this.settings.values;
    this.#address ??= this.#server
      .listen(`tcp://${host.includes(":") ? `[${host}]` : host}:${port}`)
      .then((bound) => advertisedAddress({ bound, coordinationUrl: coordination, advertise }));
    this.#address.catch(() => {
      this.#address = undefined; // the next one may try again
    });
    return this.#address;
  }

  #registration(
    coordination: Coordination,
    service: Service,
    address: string,
    lifecycle: LifecycleCalls,
    options: OfferOptions,
  ): Registration {
    const { cluster, region, zone, tags, weight } = this.settings.values;
    const record: InstanceRecord = {
      id: this.instance,
      service: service.name,
      version: service.version,
      address,
      protocol: "skylark",
      region,
      zone,
      host: hostname(),
      tags,
      weight,
      pid: process.pid,
      startedAt: this.#startedAt.toISOString(),
      nonce: randomId(),
      registered: options.register ?? true,
      state: "serving",
      requires: options.requires ?? [],
    };
    return new Registration(coordination, cluster, record, {
      clock: systemClock,
      random: systemRandom,
      log: this.log,
      onTransition: (registered) => void lifecycle.rotated(registered),
    });
  }

  #serving(
    { name, version }: Service,
    address: string,
    registration: Registration,
    lifecycle: LifecycleCalls,
  ): ServedService {
    const { drainNoticeMs: noticeMs, drainTimeoutMs: timeoutMs } = this.settings.values;
    const drainOptions = { noticeMs, timeoutMs };
    const parts = {
      name,
      version,
      address,
      server: this.#server,
      registration,
      lifecycle,
      drainOptions,
      log: this.log,
    };
    const served = new ServedService(parts);
    this.#served.set(name, served);
    void served.stopped().then(() => this.#served.delete(name));
    return served;
  }

  async #consume(service: string): Promise<ConsumedService> {
    const coordination = await this.coordination();
    const { cluster, timeoutMs, balancer } = this.settings.values;
    const requirement = await this.#require(coordination, service);
    this.#requirements.delete(requirement); // its consumed service ends it
    this.#client ??= new RpcClient({
      identity: { name: this.name, proof: "none" },
      transport: socketTransport,
      resources: this.#resources,
    });
    return new ConsumedService(service, {
      coordination,
      cluster,
      client: this.#client,
      requirement,
      channelOptions: { timeoutMs, balancer: balancerNamed(balancer) },
      clock: systemClock,
      log: this.log,
    });
  }

  async #require(coordination: Coordination, service: string): Promise<Requirement> {
    const consumer = {
      id: this.instance,
      name: this.name,
      host: hostname(),
      pid: process.pid,
      since: this.#startedAt.toISOString(),
    };
    const requirement = new Requirement(coordination, this.settings.values.cluster, service, consumer, {
      clock: systemClock,
      random: systemRandom,
      log: this.log,
    });
    this.#requirements.add(requirement);
    await requirement.start();
    return requirement;
  }

  #refuseWhenClosing(): void {
    if (this.#state.kind === "open") return;
    throw new SkylarkError("failed_precondition", `the application "${this.name}" is closing`, { notExecuted: true });
  }
}
