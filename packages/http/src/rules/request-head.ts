import type { IncomingMessage } from "node:http";
import type { ErrorCode } from "@skylark/core";
import { HttpRefusal } from "../answer/http-refusal.js";
import { httpLimits } from "../limits.js";

/**
 * What a request's head must be beyond what the parser asks of it, so that nobody in front of this port and nobody behind it
 * reads it in two ways (RFC 9112, 3.2 and 6.1). Its connection ends where it is refused. Where it names the port in its first
 * line, only the path is left of that.
 */
export function headRefusal(request: IncomingMessage): HttpRefusal | undefined {
  const { httpVersion, headers, rawHeaders } = request;
  if (httpVersion !== "1.1" && httpVersion !== "1.0") {
    return closing(505, "unimplemented", `HTTP/${httpVersion} is not spoken on this port: use HTTP/1.1`);
  }
  if (rawHeaders.length > 2 * httpLimits.headersMax) {
    return closing(431, "resource_exhausted", `the request has more than ${httpLimits.headersMax} headers`);
  }
  const encoding = headers["transfer-encoding"];
  if (encoding !== undefined && (encoding.toLowerCase() !== "chunked" || httpVersion === "1.0")) {
    return closing(501, "unimplemented", `the transfer encoding ${JSON.stringify(encoding)} is not known here`);
  }
  if (countOf(rawHeaders, "host") > 1 || !takeAbsoluteForm(request)) {
    return closing(400, "invalid_argument", "the request names two hosts");
  }
  return undefined;
}

/**
 * Makes of `http://host/path`, which every server must take (RFC 9112, 3.2.2), the `/path` that it means. False where it
 * names another host than its header does.
 */
function takeAbsoluteForm(request: IncomingMessage): boolean {
  const [, authority, path = ""] = /^http:\/\/([^/?#]*)(.*)$/i.exec(request.url ?? "") ?? [];
  if (authority === undefined) return true;
  request.url = path.startsWith("/") ? path : `/${path}`;
  return authority.toLowerCase() === request.headers.host?.toLowerCase();
}

function countOf(rawHeaders: readonly string[], name: string): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const each = rawHeaders[at] as string;
    if (each.length === name.length && each.toLowerCase() === name) count++;
  }
  return count;
}

function closing(status: number, code: ErrorCode, message: string): HttpRefusal {
  return new HttpRefusal(status, code, message, { headers: { connection: "close" } });
}
