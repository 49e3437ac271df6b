import type { OutgoingHttpHeaders } from "node:http";
import { type ErrorCode, SkylarkError, type SkylarkErrorOptions } from "@skylark/core";

export interface HttpRefusalOptions extends SkylarkErrorOptions {
  readonly headers?: OutgoingHttpHeaders | undefined;
}

/** An error for which HTTP has a status of its own, that its code does not stand for. */
export class HttpRefusal extends SkylarkError {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;

  constructor(status: number, code: ErrorCode, message: string, options: HttpRefusalOptions = {}) {
    super(code, message, { notExecuted: true, ...options });
    this.status = status;
    this.headers = options.headers ?? {};
  }
}

/** 405 with `Allow`. `what`: the path, or what lies there. */
export function methodNotAllowed(what: string, method: string | undefined, allowed: readonly string[]): HttpRefusal {
  const allow = allowed.join(", ");
  return new HttpRefusal(405, "unimplemented", `${what} does not take ${method}: use ${allow}`, { headers: { allow } });
}

/** 415. */
export function unsupportedMediaType(found: string | undefined, wanted: string): HttpRefusal {
  const has = found === undefined ? "names no Content-Type" : `is of type ${JSON.stringify(found.slice(0, 100))}`;
  return new HttpRefusal(415, "invalid_argument", `the body ${has}: send ${wanted}`, { headers: { accept: wanted } });
}
