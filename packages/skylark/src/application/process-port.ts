import { type Log, SkylarkError } from "@skylark/core";
import { systemClock } from "@skylark/core/internal";
import {
  addressTowards,
  advertisedAddress,
  advertisedHost,
  defaultBind,
  needsLocalAddress,
  storeHosts,
} from "@skylark/discovery/internal";
import { HttpDoor, type HttpListener, type MountOptions, type ServiceStanding } from "@skylark/http/internal";
import { detached } from "@skylark/rpc";
import {
  type ConnectionResources,
  type HttpGuest,
  RpcServer,
  sharedTransport,
  socketTransport,
} from "@skylark/rpc/internal";
import type { RuntimeSettings } from "../settings/runtime-settings.js";

export interface ProcessPortOptions {
  readonly instance: string;
  readonly settings: RuntimeSettings;
  readonly resources: ConnectionResources;
  readonly log: Log;
  /** Whether callers choose a service here. */
  readonly standingOf: (service: string) => ServiceStanding;
}

/** The one port of a process, and who answers on it: its services, natively and by HTTP. Owned by its application. */
export class ProcessPort {
  readonly server: RpcServer;
  readonly #options: ProcessPortOptions;
  /** Undefined where HTTP is switched off. */
  readonly #door: HttpDoor | undefined;
  #listening: Promise<string> | undefined;
  #address: string | undefined;

  constructor(options: ProcessPortOptions) {
    const { instance, settings, resources, log, standingOf } = options;
    this.#options = options;
    const http: HttpGuest = { takes: (socket) => this.#door?.takes(socket) };
    const transport = settings.http ? sharedTransport({ http, clock: systemClock, log }) : socketTransport;
    this.server = new RpcServer({ instance, transport, resources });
    if (!settings.http) return;
    const { advertise, httpOrigins: origins, timeoutMs } = settings;
    const rules = { bind: this.#host, advertise, origins };
    this.#door = new HttpDoor({ server: this.server, rules, timeoutMs, clock: systemClock, log, standingOf });
  }

  /** Where it is had by HTTP, once it listens; undefined before, and where HTTP is switched off. */
  get url(): string | undefined {
    return this.#door && this.#address?.replace(/^tcp:/, "http:");
  }

  /** Listens, if it does not yet; answers with the address that others are told. */
  async listen(): Promise<string> {
    if (!this.#listening) {
      this.#listening = detached(() => this.#bind());
      this.#listening.catch(() => {
        this.#listening = undefined; // the next one may try again
      });
    }
    return await this.#listening;
  }

  mount(path: string, listener: HttpListener, options?: MountOptions): () => void {
    if (this.#door) return this.#door.mount(path, listener, options);
    throw new SkylarkError(
      "failed_precondition",
      `nothing can be mounted at ${path}: HTTP is switched off, by the setting http (SKYLARK_HTTP)`,
      { reason: "SETTING", details: { key: "http" } },
    );
  }

  /** What the process tells of itself; nowhere where HTTP is switched off. */
  page(path: string, listener: HttpListener): void {
    this.#door?.mount(path, listener);
  }

  get httpConnections(): number {
    return this.#door?.connections ?? 0;
  }

  /** From now on it says by HTTP that it is leaving; it answers as before. */
  leave(): void {
    this.#door?.leave();
  }

  /** Takes no more requests by HTTP, and lets those under way be answered. */
  async closeHttp(): Promise<void> {
    const { settings, log } = this.#options;
    const receipt = await this.#door?.close(settings.drainTimeoutMs);
    if (receipt && receipt.abandoned > 0) {
      log("warn", `${receipt.abandoned} HTTP requests were not answered within ${settings.drainTimeoutMs} ms`);
    }
  }

  /** What is listened on. */
  get #host(): string {
    const { host, coordination } = this.#options.settings;
    return host ?? defaultBind(coordination);
  }

  async #bind(): Promise<string> {
    const { port, coordination: coordinationUrl, advertise } = this.#options.settings;
    const bind = this.#host;
    const asked = { bind, coordinationUrl, advertise };
    const localAddress = needsLocalAddress(asked) ? await addressTowards(storeHosts(coordinationUrl)) : undefined;
    advertisedHost({ ...asked, localAddress }); // where it fails, nothing is open yet
    const bound = await this.server.listen(`tcp://${bind.includes(":") ? `[${bind}]` : bind}:${port}`);
    this.#address = advertisedAddress({ bound, coordinationUrl, advertise, localAddress });
    return this.#address;
  }
}
