import { STATUS_CODES } from "node:http";
import { errorBody } from "./answer.js";
import type { HttpRefusal } from "./http-refusal.js";

/** An answer as bytes, where what came was no request that could have one. The connection ends behind it. */
export function lastWords(refusal: HttpRefusal): string {
  const { status } = refusal;
  const body = JSON.stringify(errorBody(refusal));
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Refused"}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    "",
    body,
  ].join("\r\n");
}
