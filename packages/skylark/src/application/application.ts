import { balancerNamed } from "@skylark/balance";
import type { Coordination } from "@skylark/coordination";
import { type Log, SkylarkError } from "@skylark/core";
import { type Deferred, deferred, randomId, systemClock, systemRandom } from "@skylark/core/internal";
import { layout, Registration, type Snapshots } from "@skylark/discovery/internal";
import type { HttpListener, MountOptions } from "@skylark/http";
import { type DrainReceipt, detached } from "@skylark/rpc";
import {
  type ConnectionResources,
  connectionResources,
  RpcClient,
  type Service,
  socketTransport,
} from "@skylark/rpc/internal";
import { type LoadedSettings, loadSettings, type SettingOrigin } from "../settings/loaded-settings.js";
import { type RuntimeSettings, runtimeSettings } from "../settings/runtime-settings.js";
import { Candidacy } from "./candidacy.js";
import { type Companion, Companions } from "./companions.js";
import { consoleLog } from "./console-log.js";
import { ConsumedService } from "./consumed-service.js";
import { firstSession } from "./first-session.js";
import { FigureTaker } from "./instance-figures.js";
import { instanceService } from "./instance-service.js";
import { LifecycleCalls } from "./lifecycle.js";
import type { OfferOptions } from "./offer-options.js";
import { mountOwnPages } from "./own-pages.js";
import { ProcessPort } from "./process-port.js";
import { consumerRecord, instanceRecord, type ProcessIdentity } from "./process-records.js";
import { snapshotsOf } from "./process-snapshots.js";
import { ProcessStore } from "./process-store.js";
import { type Need, Requirements } from "./requirements.js";
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

/**
 * One process as others see it: one instance id, one port, one session with coordination, any number of services offered
 * and called. Whoever made it closes it. Programs that need only one use `serve` and `connect`, which share one.
 */
export class Application implements AsyncDisposable {
  readonly instance = randomId();
  readonly settings: LoadedSettings<(typeof runtimeSettings)["fields"]>;
  readonly log: Log;
  readonly #identity: ProcessIdentity;
  readonly #resources: ConnectionResources;
  readonly #port: ProcessPort;
  readonly #store: ProcessStore;
  readonly #figures: FigureTaker;
  readonly #served = new Map<string, ServedService>();
  readonly #consumed = new Map<string, Promise<ConsumedService>>();
  readonly #companions = new Companions();
  readonly #requirements: Requirements;
  readonly #snapshots: Snapshots | undefined;
  readonly #closed: Deferred<readonly DrainReceipt[]> = deferred();
  #name: string | undefined;
  #state: "open" | "closing" | "closed" = "open";
  #client: RpcClient | undefined;

  /** Fails `invalid_argument` with reason SETTING where a setting is wrong, and names it. */
  constructor(options: ApplicationOptions = {}) {
    this.settings = loadSettings(runtimeSettings, {
      service: options.name,
      version: options.version,
      code: options.settings ?? {},
      refuseUnknown: "lookalikes",
    });
    this.#identity = { instance: this.instance, startedAt: new Date(), settings: this.settings.values };
    this.#name = options.name;
    this.log = this.#companions.beside(options.log ?? consoleLog(this.settings.values.logLevel, () => this.name));
    this.#resources = connectionResources({ log: this.log });
    this.#requirements = new Requirements(this.settings.values.cluster, this.log);
    const { instance, log } = this;
    this.#snapshots = snapshotsOf(this.settings.values, log);
    this.#port = new ProcessPort({
      instance,
      settings: this.settings.values,
      resources: this.#resources,
      log,
      standingOf: (service) => this.#served.get(service)?.standing ?? "unlisted",
    });
    this.#store = new ProcessStore(this.settings.values, log);
    const { startedAt } = this.#identity;
    this.#figures = new FigureTaker(this.#port.server, startedAt);
    this.#port.server.offer(instanceService(this, this.#port.server, startedAt, this.#figures));
    mountOwnPages(this.#port, { process: this, store: this.#store, figures: this.#figures });
  }

  get name(): string {
    return this.#name ?? "anonymous";
  }

  get served(): readonly ServedService[] {
    return [...this.#served.values()];
  }

  /** Every setting of this process, the framework's and those of the programs it serves, with where each came from. */
  get settingOrigins(): Readonly<Record<string, SettingOrigin>> {
    const programs = this.served.map(({ settings }) => settings?.origins);
    return Object.assign({}, this.settings.origins, ...programs) as Record<string, SettingOrigin>;
  }

  /** The store, opened when first needed. Closed with the application. Fails `unavailable` where it does not answer within 10 s. */
  async coordination(): Promise<Coordination> {
    const coordination = await this.#coordination();
    await firstSession(coordination);
    return coordination;
  }

  /** Listens, offers the service and registers it. Resolves when it is listed. */
  async offer(service: Service, options: OfferOptions = {}): Promise<ServedService> {
    const coordination = await this.#coordination();
    this.#refuseWhenClosing();
    const address = await this.#port.listen();
    this.#refuseWhenClosing();
    const served = this.#serve(service, coordination, address, options);
    await detached(() => served.start());
    const { name, version, status } = served;
    const hidden = status === "unregistered" ? ", out of rotation" : "";
    this.log("info", `"${name}" ${version} is served on ${address} as instance ${this.instance}${hidden}`);
    return served;
  }

  /**
   * Listens, where no service that it offers has made it do so: for programs that have nothing but HTTP. Resolves with the
   * address that others are told, `tcp://host:port`; `url` is the same for HTTP. Fails `failed_precondition` where the port is
   * taken.
   */
  async listen(): Promise<string> {
    this.#refuseWhenClosing();
    return await this.#port.listen();
  }

  /** Where its services and what it mounts are had by HTTP, `http://host:port`, once it listens; undefined where HTTP is off. */
  get url(): string | undefined {
    return this.#port.url;
  }

  /**
   * Leaves HTTP requests for `path`, and everything below it unless told otherwise, to `listener`, before or after the application listens; where
   * several fit, the longest path wins. They keep the same rules about browsers as all HTTP on the port. Returns what takes
   * it back. Fails `already_exists` where the path is taken, `invalid_argument` where it is none, `failed_precondition`
   * where HTTP is switched off.
   */
  mount(path: string, listener: HttpListener, options?: MountOptions): () => void {
    this.#refuseWhenClosing();
    return this.#port.mount(path, listener, options);
  }

  /** The service as this process calls it; one for all its clients. Fails `invalid_argument` where it is no name. */
  async consume(service: string): Promise<ConsumedService> {
    this.#refuseWhenClosing();
    let consumed = this.#consumed.get(service);
    if (!consumed) {
      consumed = detached(() => this.#consume(service));
      this.#consumed.set(service, consumed);
      consumed.catch(() => this.#consumed.delete(service)); // the next one may try again
    }
    return await consumed;
  }

  /** Has something hear what the framework says, and end before it does. Returns what takes it away again. */
  accompany(companion: Companion): () => void {
    return this.#companions.add(companion);
  }

  /** Drains every service, ends every connection and the session. Further calls answer the same. */
  close(): Promise<readonly DrainReceipt[]> {
    if (this.#state === "open") {
      this.#state = "closing";
      this.#closed.resolve(detached(() => this.#close()));
    }
    return this.#closed.promise;
  }

  /** Resolves when it has closed, whoever asked for that. */
  closed(): Promise<readonly DrainReceipt[]> {
    return this.#closed.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<readonly DrainReceipt[]> {
    try {
      this.#port.leave();
      const receipts = await Promise.all(this.served.map((served) => served.stop()));
      await this.#port.closeHttp(); // what is under way there may still call others
      await this.#companions.leave(this.log);
      await Promise.allSettled([...this.#consumed.values()].map(async (consumed) => (await consumed).close()));
      this.#client?.close();
      await this.#port.server.close();
      await this.#store.close();
      return receipts;
    } finally {
      this.#figures.close();
      this.#state = "closed";
    }
  }

  /** The store, or, while it is away, what will be its client once it is back. */
  async #coordination(): Promise<Coordination> {
    this.#refuseWhenClosing();
    return await this.#store.open();
  }

  /** What can be refused is refused before anything is offered. */
  #serve(service: Service, coordination: Coordination, address: string, options: OfferOptions): ServedService {
    const { name } = service;
    const { drainNoticeMs: noticeMs, drainTimeoutMs: timeoutMs, cluster } = this.settings.values;
    const requires = options.requires ?? [];
    for (const required of requires) layout(cluster).consumers(required);
    const lifecycle = new LifecycleCalls(name, options.lifecycle ?? {}, this.log);
    const record = instanceRecord(this.#identity, service, {
      address,
      url: this.url,
      requires,
      registered: options.register ?? true,
    });
    const registration = new Registration(coordination, cluster, record, {
      clock: systemClock,
      random: systemRandom,
      log: this.log,
      onTransition: (registered) => void lifecycle.rotated(registered),
    });
    const { lead } = options;
    const key = layout(cluster).leader(name);
    const { instance, log } = this;
    const candidacy = lead && new Candidacy({ coordination, key, service: name, instance, lead, log });
    this.#port.server.offer(service);
    const served = new ServedService({
      service,
      address,
      server: this.#port.server,
      registration,
      lifecycle,
      candidacy,
      need: () => requires.map((required) => this.#need(coordination, required)),
      drainOptions: { noticeMs, timeoutMs },
      settings: options.settings,
      log,
    });
    this.#served.set(name, served);
    this.#name ??= name;
    void served.stopped().then(() => this.#served.delete(name));
    return served;
  }

  async #consume(service: string): Promise<ConsumedService> {
    const coordination = await this.#coordination();
    this.#refuseWhenClosing();
    const { cluster, timeoutMs, balancer } = this.settings.values;
    const need = this.#need(coordination, service);
    this.#client ??= new RpcClient({
      identity: { name: this.name, proof: "none" },
      transport: socketTransport,
      resources: this.#resources,
    });
    return new ConsumedService(service, {
      coordination,
      cluster,
      client: this.#client,
      need,
      snapshots: this.#snapshots,
      balancer: balancerNamed(balancer),
      timeoutMs,
      log: this.log,
    });
  }

  #need(coordination: Coordination, service: string): Need {
    const consumer = consumerRecord(this.#identity, this.name, this.served[0]);
    return this.#requirements.need(coordination, service, consumer);
  }

  #refuseWhenClosing(): void {
    if (this.#state === "open") return;
    const what = this.#state === "closing" ? "is closing" : "has closed";
    throw new SkylarkError(
      "failed_precondition",
      `the application "${this.name}" ${what}: it serves and calls no more`,
      {
        notExecuted: true,
      },
    );
  }
}
