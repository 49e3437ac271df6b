import type { IncomingMessage, ServerResponse } from "node:http";
import { systemClock } from "@skylark/core/internal";
import { httpLimits } from "../limits.js";

/** Whether more of a request is on its way than node should read and throw away to keep the connection. */
export function isLongUnread({ complete, headers }: IncomingMessage): boolean {
  if (complete) return false;
  return (
    headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > httpLimits.skippedBytesMax
  );
}

/**
 * Ends an answer to a request that has not wholly arrived. A socket that is closed while bytes lie in it unread is reset,
 * and the reset may overtake the answer on its way to a client that is still sending. So the answer goes out first, then a
 * bounded rest is read and thrown away, then the connection ends (RFC 9112, 9.6).
 */
export function endWhenRead(response: ServerResponse, text: string | undefined): void {
  const { req: request } = response;
  let left = httpLimits.lingerBytesMax;
  const patience = systemClock.after(httpLimits.lingerMs, () => end());
  const end = (): void => {
    patience.cancel();
    request.off("data", count).off("end", end).off("close", end).off("error", end);
    request.on("error", () => {}); // what becomes of the rest is nobody's business
    response.end();
  };
  const count = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) end();
  };
  if (text === undefined) response.flushHeaders();
  else response.write(text);
  request.on("data", count).on("end", end).on("close", end).on("error", end);
  request.resume();
}
