import type { IncomingMessage } from "node:http";
import { methodNotAllowed } from "../answer/http-refusal.js";

/** What the process tells of itself is only read: 405 for anything but GET and HEAD. */
export function refuseAllButGet({ method, url = "" }: IncomingMessage): void {
  if (method !== "GET" && method !== "HEAD") {
    throw methodNotAllowed(url.split("?", 1)[0] as string, method, ["GET", "HEAD"]);
  }
}
