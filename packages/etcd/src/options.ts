import { type Log, SkylarkError } from "@skylark/core";
import type { Clock, Random } from "@skylark/core/internal";

export interface EtcdTls {
  /** PEM of the authorities to trust. Default: those that Node trusts. */
  readonly ca?: string | undefined;
  /** PEM of the client's certificate, and of its key. Default: none is shown. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name that the server's certificate must carry. Default: the host that is dialled. */
  readonly serverName?: string | undefined;
}

/** When a silent connection is asked for a sign of life, and given up. */
export interface SilenceLimits {
  /** Calls are under way and nothing was heard for this long: ping. Default: 2000. */
  readonly pingAfterMs: number;
  /** The ping was not answered within this: the connection is lost. Default: 1000. */
  readonly answerWithinMs: number;
}

export interface EtcdOptions {
  /** `host:port` of each member; tried from a random one on, in turn. */
  readonly endpoints: readonly string[];
  readonly user?: { readonly name: string; readonly password: string } | undefined;
  /** `true` for TLS with the authorities that Node trusts. Default: plain text. */
  readonly tls?: EtcdTls | boolean | undefined;
  /** For calls that do not say; the wait for a lost connection to come back included. Default: 5000. */
  readonly timeoutMs?: number | undefined;
  /**
   * How long the first connection may take while members are silent. Where all refuse, or refuse the credentials, opening
   * fails at once. Default: 10 000.
   */
  readonly openTimeoutMs?: number | undefined;
  /** `later`: opens at once, connected or not; the first call goes on trying until its time-out. Default: `now`. */
  readonly opens?: "now" | "later" | undefined;
  readonly silence?: SilenceLimits | undefined;
  readonly log?: Log | undefined;
}

/** What only tests replace. */
export interface EtcdParts {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

export interface CallOptions {
  /** Gives up waiting. A write may still happen. */
  readonly signal?: AbortSignal | undefined;
  /** Default: that of the client. `deadline_exceeded` after it. */
  readonly timeoutMs?: number | undefined;
}

export const defaultSilence: SilenceLimits = { pingAfterMs: 2000, answerWithinMs: 1000 };

/** `[::1]:2379` → host and port; refuses with `invalid_argument` what is neither. */
export function checkedEndpoint(endpoint: string): string {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(endpoint);
  if (match && Number(match[2]) > 0 && Number(match[2]) < 65_536) return endpoint;
  throw new SkylarkError("invalid_argument", `${JSON.stringify(endpoint)} is no endpoint; write host:port`, {
    reason: "SETTING",
    details: { key: "endpoints" },
  });
}
