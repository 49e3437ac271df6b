import type { IncomingMessage } from "node:http";
import { SkylarkError } from "@skylark/core";
import { type Clock, nearestName } from "@skylark/core/internal";
import {
  type GuestCalls,
  type GuestRequest,
  type OfferedMethod,
  requestIdKey,
  type Service,
} from "@skylark/rpc/internal";
import { sendError, sendText } from "../answer/answer.js";
import { methodNotAllowed } from "../answer/http-refusal.js";
import { BodyBudget } from "../body/body-budget.js";
import { jsonOf } from "../body/json-form.js";
import { httpLimits } from "../limits.js";
import type { HttpExchange } from "../port/http-exchange.js";
import type { BrowserRules } from "../rules/browser-rules.js";
import { argumentsOf, callerOf, metadataOf, timeoutOf } from "./call-request.js";
import { answerStream } from "./stream-answer.js";
import { streamFormFor } from "./stream-form.js";

/** What the door needs of the server whose services it opens. */
export interface DoorServer {
  readonly instance: string;
  readonly guests: Pick<GuestCalls, "call" | "stream">;
  readonly offered: readonly Service[];
  /** Names of services that are leaving. */
  readonly leaving: readonly string[];
  methodNamed(service: string, method: string): OfferedMethod | undefined;
}

/** `POST /<service>/<method>`, and GET of what only reads: a request becomes a call, what comes of the call an answer. */
export class ServiceCalls {
  readonly #server: DoorServer;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #rules: Pick<BrowserRules, "refusalOfReading">;
  readonly #bodies = new BodyBudget(httpLimits.bodiesBytesMax);

  constructor(server: DoorServer, timeoutMs: number, clock: Clock, rules: Pick<BrowserRules, "refusalOfReading">) {
    this.#server = server;
    this.#clock = clock;
    this.#rules = rules;
    this.#timeoutMs = timeoutMs;
  }

  /** Never fails: whatever goes wrong is an answer. */
  async answer(exchange: HttpExchange, path: string, requestId: string): Promise<void> {
    const { request, response } = exchange;
    try {
      const method = this.#methodAt(path);
      if (request.method !== "POST") this.#refuseUnlessRead(request, path, method);
      if (method.entry.shape === "stream") throw notByHttp(path);
      if (method.entry.shape === "server-stream") return await this.#stream(exchange, method, requestId);
      const result = await this.#call(exchange, method, requestId);
      if (result === undefined) sendText(response, 204, undefined, {});
      else sendText(response, 200, jsonOf(result, nameOf(method)), { "content-type": "application/json" });
    } catch (thrown) {
      sendError(response, thrown);
    }
  }

  /** What only reads may be asked for by GET: by pages too, but not by those of others, whatever they show. */
  #refuseUnlessRead({ method: asked, headers }: IncomingMessage, path: string, { method }: OfferedMethod): void {
    const reading =
      method.shape === "stream" || !method.readOnly ? [] : method.shape === "unary" ? ["GET", "HEAD"] : ["GET"];
    if (asked === undefined || !reading.includes(asked)) throw methodNotAllowed(path, asked, [...reading, "POST"]);
    const refusal = this.#rules.refusalOfReading(headers);
    if (refusal) throw refusal;
  }

  async #call(exchange: HttpExchange, method: OfferedMethod, requestId: string): Promise<unknown> {
    const asked = await this.#asked(exchange, method, requestId, this.#timeoutMs);
    const call = this.#server.guests.call(method, asked);
    exchange.onGone = () => call.giveUp(hungUp(method));
    return await call.outcome;
  }

  /** As long as it likes, unless the client says otherwise. */
  async #stream(exchange: HttpExchange, method: OfferedMethod, requestId: string): Promise<void> {
    const asked = await this.#asked(exchange, method, requestId, Number.POSITIVE_INFINITY);
    const stream = this.#server.guests.stream(method, asked);
    exchange.onGone = () => stream.giveUp(hungUp(method));
    try {
      const form = streamFormFor(exchange.request.headers.accept);
      await answerStream(exchange.response, stream, nameOf(method), form, this.#clock);
    } finally {
      stream.giveUp(new SkylarkError("cancelled", `${nameOf(method)}: a message could not be passed on`)); // if it is not over
    }
  }

  async #asked(
    { request, peer }: HttpExchange,
    method: OfferedMethod,
    requestId: string,
    defaultMs: number,
  ): Promise<GuestRequest> {
    const { headers } = request;
    const timeoutMs = timeoutOf(headers, defaultMs);
    const metadata = metadataOf(headers, { [requestIdKey]: requestId });
    return {
      args: await argumentsOf(request, method, this.#bodies),
      caller: callerOf(headers),
      peer,
      timeoutMs,
      metadata,
    };
  }

  #methodAt(path: string): OfferedMethod {
    const [service = "", method, ...more] = path.slice(1).split("/").map(decoded);
    const found = method === undefined || more.length > 0 ? undefined : this.#server.methodNamed(service, method);
    if (found) return found;
    throw new SkylarkError("not_found", this.#nothingAt(path, service, more.length > 0 ? undefined : method), {
      notExecuted: true,
    });
  }

  #nothingAt(path: string, service: string, method: string | undefined): string {
    const { offered } = this.#server;
    const known = offered.find(({ name }) => name === service);
    const shown = shortened(path);
    if (known && method !== undefined) {
      return `"${known.name}" has no method at ${shown}${nearTo(method, known.methods.keys())}`;
    }
    if (known) return `nothing is at ${shown}: a method of "${known.name}" is called by POST /${known.name}/<method>`;
    const names = offered.map(({ name }) => name);
    const near = nearTo(service, names);
    return `nothing is at ${shown}, and no service of that name is offered here${near || ": POST /<service>/<method>"}`;
  }
}

function nameOf({ offer, entry }: OfferedMethod): string {
  return `${offer.service.name}.${entry.name}`;
}

function hungUp(method: OfferedMethod): SkylarkError {
  return new SkylarkError("cancelled", `${nameOf(method)}: the client hung up`);
}

function notByHttp(path: string): SkylarkError {
  return new SkylarkError("unimplemented", `${path} is a stream, which cannot be had by HTTP yet`, {
    notExecuted: true,
  });
}

function nearTo(wrong: string, names: Iterable<string>): string {
  const near = wrong.length > nameLettersMax ? undefined : nearestName(wrong, names);
  return near === undefined ? "" : `: did you mean "${near}"?`;
}

/** Nobody has names that long; comparing them would cost more than answering. */
const nameLettersMax = 100;

function shortened(path: string): string {
  return path.length > nameLettersMax ? `${path.slice(0, nameLettersMax)}…` : path;
}

/** A segment as it was meant; as it came where it cannot be decoded. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
