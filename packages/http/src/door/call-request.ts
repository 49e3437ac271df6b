import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { SkylarkError } from "@skylark/core";
import type { CallerIdentity, Metadata } from "@skylark/rpc";
import type { OfferedMethod } from "@skylark/rpc/internal";
import type { BodyBudget } from "../body/body-budget.js";
import { readJson } from "../body/request-body.js";
import { httpLimits } from "../limits.js";
import { queryInput } from "./query-input.js";

/** How long the caller is willing to wait, in milliseconds. */
const timeoutHeader = "skylark-timeout-ms";
/** Before the name of each piece of metadata. */
const metadataPrefix = "skylark-meta-";

/** The arguments of a call: the input of a method with a contract is the body, those of any other a list in it. */
export async function argumentsOf(
  request: IncomingMessage,
  { method, entry }: OfferedMethod,
  budget: BodyBudget,
): Promise<unknown[]> {
  if (request.method !== "POST") return [readInput(request)];
  const body = mayDoWithoutType(request) ? undefined : await readJson(request, { budget });
  if (method.shape !== "stream" && method.input !== undefined) return [body];
  if (body === undefined) return [];
  if (Array.isArray(body)) return body as unknown[];
  const message = `${entry.name} has no contract: its body is the list of its arguments, such as [1,"two"], or empty`;
  throw new SkylarkError("invalid_argument", message, { notExecuted: true });
}

/** Of a call by GET. A body that nobody reads would be lost in silence. */
function readInput(request: IncomingMessage): unknown {
  if (hasBody(request)) {
    throw new SkylarkError("invalid_argument", "a call by GET has no body: its input is its query", {
      notExecuted: true,
    });
  }
  return queryInput(request.url ?? "");
}

/** What `Skylark-Timeout-Ms` says, or the default. `invalid_argument` where that is no time. */
export function timeoutOf(headers: IncomingHttpHeaders, defaultMs: number): number {
  const asked = headers[timeoutHeader];
  if (asked === undefined) return defaultMs;
  const ms = typeof asked === "string" && /^\d{1,9}$/.test(asked) ? Number(asked) : 0;
  if (ms >= 1 && ms <= httpLimits.deadlineMsMax) return ms;
  const message = `Skylark-Timeout-Ms is ${JSON.stringify(asked)}: write milliseconds, 1 to ${httpLimits.deadlineMsMax}`;
  throw new SkylarkError("invalid_argument", message, { notExecuted: true });
}

/** What `Skylark-Meta-<name>` says, by name in small letters. `own`: what travels along whatever they say. */
export function metadataOf(headers: IncomingHttpHeaders, own: Metadata): Metadata {
  const metadata: Record<string, string> = { ...own };
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(metadataPrefix)) continue;
    const name = header.slice(metadataPrefix.length);
    if (name === "" || name === "__proto__") {
      const message = `${header} is no name of metadata: write Skylark-Meta-<name>`;
      throw new SkylarkError("invalid_argument", message, { notExecuted: true });
    }
    metadata[name] = String(value);
  }
  return metadata;
}

/** Who asks, as far as it says so itself: `http`, or `http:curl` for `User-Agent: curl/8.5.0`. */
export function callerOf({ "user-agent": agent }: IncomingHttpHeaders): CallerIdentity {
  const [product] = /^[A-Za-z0-9._-]{1,64}/.exec(agent ?? "") ?? [];
  return { name: product === undefined ? "http" : `http:${product}`, proof: "none" };
}

/** A body that is not there needs no type, unless a page sends it: then the type is what a page cannot send unasked. */
function mayDoWithoutType(request: IncomingMessage): boolean {
  const { headers } = request;
  return !hasBody(request) && headers["content-type"] === undefined && headers.origin === undefined;
}

function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && Number(length) !== 0);
}
