import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { type ErrorCode, type ErrorReason, SkylarkError } from "@skylark/core";
import { HttpRefusal } from "./http-refusal.js";
import { endWhenRead, isLongUnread } from "./lingering.js";
import { httpStatusOf } from "./status.js";

/** Every error that HTTP on a port answers with. */
export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly reason?: ErrorReason;
    /** Plain data for programs, where the error has some. */
    readonly details?: unknown;
  };
}

/** What was thrown, in the one shape of errors. The cause stays here, and details that have no JSON form. */
export function errorBody(thrown: unknown): ErrorBody {
  const { code, message, reason, details } = SkylarkError.from(thrown);
  return {
    error: { code, message, ...(reason && { reason }), ...(details !== undefined && isJson(details) && { details }) },
  };
}

/** Answers with JSON; 204 or any other status without a body where `body` is undefined. Nobody keeps the answer. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  sendText(response, status, body === undefined ? undefined : JSON.stringify(body), {
    "content-type": "application/json",
    ...headers,
  });
}

/**
 * Answers with what went wrong, in the one shape and with the status that says the same. Where the answer has begun
 * already, the connection ends: its reader must not take half of it for all.
 */
export function sendError(response: ServerResponse, thrown: unknown, headers: OutgoingHttpHeaders = {}): void {
  const error = SkylarkError.from(thrown);
  if (response.headersSent) return void response.destroy();
  const own = error instanceof HttpRefusal ? error.headers : undefined;
  const status = error instanceof HttpRefusal ? error.status : httpStatusOf(error.code, error.reason);
  sendJson(response, status, errorBody(error), { ...laterElsewhere(error), ...own, ...headers });
}

/** A text with its type among `headers`, or no body at all. */
export function sendText(
  response: ServerResponse,
  status: number,
  text: string | undefined,
  headers: OutgoingHttpHeaders,
): void {
  if (response.destroyed) return; // whoever asked has gone
  const all: OutgoingHttpHeaders = { "cache-control": "no-store", "x-content-type-options": "nosniff", ...headers };
  if (text === undefined) delete all["content-type"];
  else all["content-length"] = Buffer.byteLength(text);
  if (!isLongUnread(response.req)) {
    response.writeHead(status, all).end(text);
    return;
  }
  response.writeHead(status, { ...all, connection: "close" });
  endWhenRead(response, text);
}

function laterElsewhere({ code, reason }: SkylarkError): OutgoingHttpHeaders {
  if (code !== "unavailable") return {};
  return { "retry-after": "1", ...(reason === "DRAINING" && { connection: "close" }) };
}

function isJson(details: unknown): boolean {
  try {
    return JSON.stringify(details) !== undefined;
  } catch {
    return false;
  }
}
