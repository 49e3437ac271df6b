import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Log, SkylarkError } from "@skylark/core";
import type { Clock } from "@skylark/core/internal";
import { insideRequest } from "@skylark/rpc";
import type { HttpGuest } from "@skylark/rpc/internal";
import { sendError, sendJson } from "../answer/answer.js";
import type { HttpExchange } from "../port/http-exchange.js";
import { HttpPort, type HttpReceipt, type PortLimits } from "../port/http-port.js";
import { BrowserRules, type BrowserRulesOptions } from "../rules/browser-rules.js";
import { headRefusal } from "../rules/request-head.js";
import { answerHealth } from "./health.js";
import { type HttpListener, type Mount, type MountOptions, Mounts } from "./mounts.js";
import { answerReadiness, type ServiceStanding } from "./readiness.js";
import { RequestIds } from "./request-ids.js";
import { type DoorServer, ServiceCalls } from "./service-calls.js";

export interface HttpDoorOptions {
  /** Whose services are called. */
  readonly server: DoorServer;
  readonly rules: BrowserRulesOptions;
  /** The deadline of calls that name none. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether callers choose a service here. Default: whatever is offered is `ready`. */
  readonly standingOf?: ((service: string) => ServiceStanding) | undefined;
  /** Default: those of `httpLimits`. */
  readonly limits?: Partial<PortLimits> | undefined;
}

type DoorState = "serving" | "leaving";

/**
 * HTTP/1.1 on the port of a process (clauses HTTP-*): calls of its services, `GET /healthz` and `/readyz`, and whatever is mounted. What is
 * mounted keeps the same rules about browsers. Whoever made it closes it.
 */
export class HttpDoor implements HttpGuest {
  readonly #options: HttpDoorOptions;
  readonly #port: HttpPort;
  readonly #rules: BrowserRules;
  readonly #calls: ServiceCalls;
  readonly #mounts = new Mounts();
  readonly #ids = new RequestIds();
  #state: DoorState = "serving";

  constructor(options: HttpDoorOptions) {
    this.#options = options;
    this.#rules = new BrowserRules(options.rules);
    this.#calls = new ServiceCalls(options.server, options.timeoutMs, options.clock, this.#rules);
    this.#port = new HttpPort({
      clock: options.clock,
      limits: options.limits,
      answer: (exchange) => this.#answer(exchange),
    });
    this.#mounts.add("/healthz", (request, response) => {
      answerHealth(request, response, options.server, this.#state);
    });
    const { standingOf = () => "ready" } = options;
    this.#mounts.add("/readyz", (request, response) => {
      answerReadiness(request, response, options.server, this.#state, standingOf);
    });
  }

  /** Serves a connection that speaks HTTP. */
  takes(socket: Socket): void {
    this.#port.takes(socket);
  }

  /** Those that speak HTTP now. */
  get connections(): number {
    return this.#port.connections;
  }

  /**
   * Leaves everything at `path` and below it to `listener`, unless something is mounted further below. Returns what takes it
   * back. `already_exists` where the path is taken, `invalid_argument` where it is none.
   */
  mount(path: string, listener: HttpListener, options?: MountOptions): () => void {
    return this.#mounts.add(path, listener, options);
  }

  /** From now on it says that it is leaving, and keeps no connection for another request. */
  leave(): void {
    this.#state = "leaving";
    this.#port.leave();
  }

  /** Takes nothing new, and gives answers under way `timeoutMs` to go out. */
  close(timeoutMs: number): Promise<HttpReceipt> {
    this.leave();
    return this.#port.close(timeoutMs);
  }

  #answer(exchange: HttpExchange): void {
    const { request, response } = exchange;
    const { headers, method } = request;
    if (this.#state === "leaving") response.shouldKeepAlive = false;
    const refusal = headRefusal(request) ?? this.#rules.refusalOf(headers);
    if (refusal) return sendError(response, refusal);
    for (const [name, value] of Object.entries(this.#rules.headersFor(headers))) response.setHeader(name, value);
    const preflight = this.#rules.preflightFor(method, headers);
    if (preflight) return sendJson(response, 204, undefined, preflight);
    const id = this.#ids.of(request);
    response.setHeader("x-request-id", id);
    insideRequest(id, () => this.#route(exchange, id));
  }

  #route(exchange: HttpExchange, requestId: string): void {
    const path = (exchange.request.url ?? "/").split("?", 1)[0] as string;
    const mount = this.#mounts.find(path);
    if (mount) void this.#mounted(mount, exchange);
    else void this.#calls.answer(exchange, path, requestId);
  }

  async #mounted({ path, listener }: Mount, { request, response }: HttpExchange): Promise<void> {
    try {
      await listener(request, response);
    } catch (thrown) {
      this.#failed(path, thrown, response);
    }
  }

  /** Errors of ours are answers. Anything else is a fault, of which the log hears all and the client no more than that. */
  #failed(path: string, thrown: unknown, response: ServerResponse): void {
    const error = SkylarkError.from(thrown);
    if (error === thrown && error.code !== "internal" && error.code !== "unknown") return sendError(response, error);
    const { cause, message } = error;
    const why = cause instanceof Error ? cause.stack : (error.stack ?? message);
    this.#options.log("error", `what is mounted at ${path} failed: ${message}`, { error: why });
    sendError(response, new SkylarkError("internal", `what answers at ${path} failed; its log says why`));
  }
}
