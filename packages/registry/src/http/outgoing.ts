import { SkylarkError } from "@skylark/core";
import { systemClock } from "@skylark/core/internal";
import { Agent, type Dispatcher, request } from "undici";
import { registryLimits } from "../limits.js";
import { HostLookup } from "./host-lookup.js";

/**
 * Asks participants, whoever they are: of an answer the status counts, and little more is read. Nothing is followed, retried
 * or believed. Whoever opens it closes it.
 */
export class Outgoing {
  /** Connections are not limited for each host: behind one there may be hundreds of participants, some of whom hang. */
  readonly #agent = new Agent({
    maxHeaderSize: registryLimits.answerHeaderBytesMax,
    connect: { timeout: connectMs, lookup: new HostLookup(systemClock).lookup },
    // each request has its own time limit, in its signal
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
  });

  /** Resolves when it was answered with 2xx; else fails `unavailable`, and says what came instead. */
  get(url: string, signal: AbortSignal): Promise<void> {
    return this.#ask(url, { method: "GET", signal });
  }

  post(url: string, body: unknown, signal: AbortSignal): Promise<void> {
    const headers = { "content-type": "application/json", "user-agent": userAgent };
    return this.#ask(url, { method: "POST", headers, body: JSON.stringify(body), signal });
  }

  /** Ends every connection at once. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #ask(url: string, options: Omit<Dispatcher.RequestOptions, "origin" | "path">): Promise<void> {
    const { statusCode, body } = await this.#answer(url, options);
    // the status is what was asked for; how the rest ends is the participant's affair
    await body.dump({ limit: registryLimits.answerBytesMax, signal: options.signal as AbortSignal }).catch(() => {});
    if (statusCode < 200 || statusCode > 299) throw new SkylarkError("unavailable", refusal(statusCode));
  }

  async #answer(
    url: string,
    options: Omit<Dispatcher.RequestOptions, "origin" | "path">,
  ): Promise<Dispatcher.ResponseData> {
    let provisional = 0;
    const onInfo = (): void => {
      if (++provisional > provisionalAnswersMax)
        throw new SkylarkError("unavailable", "it answers and answers, and never finally");
    };
    try {
      return await request(url, { headers: { "user-agent": userAgent }, onInfo, ...options, dispatcher: this.#agent });
    } catch (thrown) {
      const { code, message } = SkylarkError.from(thrown, "unavailable");
      const why = code === "unavailable" ? message : "it did not answer in time";
      throw new SkylarkError("unavailable", why, { cause: thrown });
    }
  }
}

/** Answers before the answer (1xx): nobody needs more, and to read them without end would cost a core. */
const provisionalAnswersMax = 8;

const userAgent = "skylark-registry";

/** A host that takes no connection: what waits for one has long been given up by then. */
const connectMs = 3000;

/** Longer than the pause between two heartbeats, shorter than servers usually keep an idle connection. */
const keepAliveMs = 4000;

function refusal(status: number): string {
  const redirects = status >= 300 && status < 400;
  return `it answered with status ${status}${redirects ? ", and redirects are not followed" : ""}`;
}
