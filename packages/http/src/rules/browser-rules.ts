import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { SkylarkError } from "@skylark/core";
import { isLoopbackHost } from "@skylark/rpc/internal";

export interface BrowserRulesOptions {
  /** The host that is listened on. */
  readonly bind: string;
  /** The host, or host and port, by which others know this process, where the user named one. */
  readonly advertise?: string | undefined;
  /** Pages that may ask, as browsers name them: `https://console.example`. Default: those of this very port alone. */
  readonly origins?: readonly string[] | undefined;
}

/**
 * Every page that a browser on this machine shows can send requests to a port of this machine. They are told from those of
 * programs by what browsers cannot be made to leave out: the name under which they found the port (a page can make any name
 * of its own stand for 127.0.0.1), and the origin of the page.
 */
export class BrowserRules {
  readonly #ownHosts: ReadonlySet<string | undefined> | undefined;
  readonly #origins: ReadonlySet<string>;

  constructor({ bind, advertise, origins = [] }: BrowserRulesOptions) {
    const own = ["localhost", "::1", bind.toLowerCase(), hostOf(advertise ?? "localhost")];
    this.#ownHosts = isLoopbackHost(bind) ? new Set(own) : undefined; // elsewhere it may have names that nobody told us
    this.#origins = new Set(origins.map((origin) => origin.toLowerCase()));
  }

  /** `permission_denied`, with what to do; `undefined` where the request may pass. */
  refusalOf({ host, origin }: IncomingHttpHeaders): SkylarkError | undefined {
    if (!this.#isOwn(host)) {
      const message = `${JSON.stringify(host ?? "")} is no name of this port, which is for programs on this machine: use localhost, or set SKYLARK_ADVERTISE`;
      return new SkylarkError("permission_denied", message, { notExecuted: true });
    }
    if (origin === undefined || this.#isOwnOrigin(origin, host) || this.allows(origin)) return undefined;
    const message = `pages of ${JSON.stringify(origin)} may not ask here: to let them, add it to SKYLARK_HTTP_ORIGINS`;
    return new SkylarkError("permission_denied", message, { notExecuted: true });
  }

  /**
   * Why not to call by GET, which pages can do without an origin being named: by an image, a script, a link. Browsers of
   * today say then that it comes from elsewhere (https://www.w3.org/TR/fetch-metadata/).
   */
  refusalOfReading({ origin, "sec-fetch-site": site }: IncomingHttpHeaders): SkylarkError | undefined {
    if (origin !== undefined || site === undefined || site === "same-origin" || site === "none") return undefined;
    const message =
      "other pages may not show or follow what is called here: let them ask with an Origin, named in SKYLARK_HTTP_ORIGINS";
    return new SkylarkError("permission_denied", message, { notExecuted: true });
  }

  /** Whether the user has said that pages from there may ask. */
  allows(origin: string): boolean {
    return this.#origins.has(origin.toLowerCase());
  }

  /** What a browser must hear before it shows an answer to a page from elsewhere. */
  headersFor({ origin }: IncomingHttpHeaders): Readonly<Record<string, string>> {
    if (origin === undefined || !this.allows(origin)) return {};
    return { "access-control-allow-origin": origin, vary: "origin" };
  }

  /** The answer to the question whether such a request may be sent; undefined where that is not what is asked. */
  preflightFor(method: string | undefined, headers: IncomingHttpHeaders): OutgoingHttpHeaders | undefined {
    const asked = headers["access-control-request-method"];
    if (method !== "OPTIONS" || asked === undefined || headers.origin === undefined) return undefined;
    if (!this.allows(headers.origin)) return undefined;
    return {
      "access-control-allow-methods": asked,
      "access-control-allow-headers": headers["access-control-request-headers"] ?? "",
      "access-control-max-age": "600",
    };
  }

  #isOwn(header: string | undefined): boolean {
    if (!this.#ownHosts) return true;
    const host = hostOf(header ?? "");
    return host !== undefined && (this.#ownHosts.has(host) || /^127(\.\d{1,3}){3}$/.test(host));
  }

  #isOwnOrigin(origin: string, host: string | undefined): boolean {
    return host !== undefined && origin.toLowerCase() === `http://${host.toLowerCase()}`;
  }
}

/** `::1` of `[::1]:80`, in small letters; undefined where it is neither a host nor host and port. */
function hostOf(text: string): string | undefined {
  if (isIP(text) !== 0) return text.toLowerCase();
  const [, ipv6, name] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/i.exec(text) ?? [];
  return (ipv6 ?? name)?.toLowerCase();
}
