import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { SkylarkError } from "@skylark/core";
import { type Patch, readPatch } from "../view/patch.js";
import { Refusal, readJson } from "./json-body.js";

/** `GET` at the heartbeat's path: 200, and nothing to read. */
export function heartbeatAnswer(onAsked: () => void): RequestListener {
  return (request, response) => {
    if (!isMethod(["GET", "HEAD"], request, response)) return;
    onAsked();
    response.writeHead(200, { "cache-control": "no-store", "content-length": 0 }).end();
  };
}

/** `POST` of a patch at the update's path: 200 once it is taken, 4xx in Skylark's error shape otherwise. */
export function patchAnswer(take: (patch: Patch) => void): RequestListener {
  return (request, response) => {
    if (!isMethod(["POST"], request, response)) return;
    readJson(request)
      .then((value) => {
        take(readPatch(value));
        response.writeHead(200, { "content-length": 0 }).end();
      })
      .catch((thrown: unknown) => refuse(response, thrown));
  };
}

function isMethod(allowed: readonly string[], request: IncomingMessage, response: ServerResponse): boolean {
  if (allowed.includes(request.method ?? "")) return true;
  response.setHeader("allow", allowed.join(", "));
  refuse(response, new Refusal(405, "unimplemented", `here is only ${allowed.join(" or ")}`));
  return false;
}

function refuse(response: ServerResponse, thrown: unknown): void {
  const error = SkylarkError.from(thrown, "internal");
  const status = error instanceof Refusal ? error.status : (statuses[error.code] ?? 500);
  const { code, message, reason, details } = error;
  const body = JSON.stringify({ error: { code, message, reason, details } });
  // what was not read of the request is not waited for
  if (!response.req.complete) response.setHeader("connection", "close");
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}

const statuses: Readonly<Partial<Record<SkylarkError["code"], number>>> = {
  invalid_argument: 400,
  resource_exhausted: 429,
};
