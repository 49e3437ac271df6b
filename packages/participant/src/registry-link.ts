import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { type ErrorCode, errorCodes, SkylarkError } from "@skylark/core";

/** What `POST /services` carries, in the words of the contract. */
export interface RegistrationBody {
  readonly ServiceName: string;
  readonly ServiceURL: string;
  readonly RequiredServices: readonly string[];
  readonly ServiceUpdateURL: string;
  readonly HeartbeatURL: string;
}

/** What became of a request. */
export type RegistryAnswer =
  | { readonly kind: "done" }
  /** 409: this URL is registered already. */
  | { readonly kind: "known" }
  /** 4xx: asking again would end the same. */
  | { readonly kind: "refused"; readonly why: SkylarkError }
  /** `arrived` tells whether it may have been done all the same. */
  | { readonly kind: "away"; readonly arrived: "no" | "perhaps"; readonly why: SkylarkError };

/** The registry, as one participant speaks to it. Each request is one connection, and ends within five seconds. */
export class RegistryLink {
  /** Where the registry is, for people. */
  readonly address: string;
  readonly #services: URL;

  /** Fails `invalid_argument` where `registry` is no URL to speak HTTP with. */
  constructor(registry: string) {
    this.address = registry;
    this.#services = servicesUrl(registry);
  }

  register(body: RegistrationBody): Promise<RegistryAnswer> {
    return this.#send("POST", "application/json", JSON.stringify(body));
  }

  /** A URL that the registry does not know is as good as taken out. */
  unregister(url: string): Promise<RegistryAnswer> {
    return this.#send("DELETE", "text/plain", url);
  }

  /** Never rejects. */
  #send(method: "POST" | "DELETE", type: string, body: string): Promise<RegistryAnswer> {
    return new Promise((resolve) => {
      let arrived: "no" | "perhaps" = "no";
      const away = (thrown: unknown): void => resolve({ kind: "away", arrived, why: this.#unavailable(thrown) });
      const send = this.#services.protocol === "https:" ? httpsRequest : httpRequest;
      const request = send(this.#services, {
        method,
        agent: false, // a kept connection may be closed under a request: then nobody could tell whether it arrived
        headers: { "content-type": type, "content-length": Buffer.byteLength(body) },
        signal: AbortSignal.timeout(answerWithinMs),
      });
      request.on("socket", (socket) => {
        socket.once("connect", () => {
          arrived = "perhaps";
        });
      });
      request.on("error", away);
      request.on("response", (response) => {
        textOf(response).then((text) => resolve(this.#understand(method, response, text)), away);
      });
      request.end(body);
    });
  }

  #understand(method: string, { statusCode: status = 0 }: IncomingMessage, text: string): RegistryAnswer {
    if (status >= 200 && status < 300) return { kind: "done" };
    if (method === "POST" && status === 409) return { kind: "known" };
    if (method === "DELETE" && status === 404) return { kind: "done" };
    const said = errorOf(text);
    const message = `the registry at ${this.address} answered ${method} with ${status}: ${said.message}`;
    // too many requests: it says so before it does anything
    if (status === 429) return { kind: "away", arrived: "no", why: new SkylarkError("unavailable", message) };
    if (status >= 500) return { kind: "away", arrived: "perhaps", why: new SkylarkError("unavailable", message) };
    return { kind: "refused", why: new SkylarkError(said.code ?? "failed_precondition", message) };
  }

  #unavailable(thrown: unknown): SkylarkError {
    const { message } = SkylarkError.from(thrown);
    const advice = "start it, or say where it is by the option registry or by SKYLARK_REGISTRY";
    const text = `the registry at ${this.address} does not answer (${message}): ${advice}`;
    return new SkylarkError("unavailable", text, { cause: thrown });
  }
}

/** A registry that answers later than this is as good as away. */
const answerWithinMs = 5000;

/** An answer is a sentence; the rest is not read. */
const answerLettersMax = 4096;

function servicesUrl(registry: string): URL {
  const url = URL.canParse(registry) ? new URL(registry) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    const message = `${JSON.stringify(registry)} is no registry: an http:// or https:// URL such as http://127.0.0.1:3000`;
    throw new SkylarkError("invalid_argument", message);
  }
  url.pathname = `${url.pathname.replace(/\/$/, "")}/services`;
  return url;
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response as AsyncIterable<string>) {
    text += chunk;
    if (text.length >= answerLettersMax) break;
  }
  return text.slice(0, answerLettersMax);
}

/** What a registry of ours says in its error shape; from another, its own text. */
function errorOf(text: string): { readonly code?: ErrorCode; readonly message: string } {
  const otherwise = { message: text.trim().slice(0, 200) || "no reason given" };
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } };
    if (typeof error?.message !== "string") return otherwise;
    const code = Object.keys(errorCodes).find((each) => each === error.code) as ErrorCode | undefined;
    return code ? { code, message: error.message } : { message: error.message };
  } catch {
    return otherwise;
  }
}
