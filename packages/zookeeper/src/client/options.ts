import { type Log, SkylarkError, silentLog } from "@skylark/core";
import { type Clock, type Random, systemClock, systemRandom } from "@skylark/core/internal";
import type { TlsOptions } from "../connection/dial.js";

/** Who the client is. For `digest`, `credentials` is `user:password`. */
export interface Auth {
  readonly scheme: string;
  readonly credentials: string | Uint8Array;
}

export interface ZooKeeperOptions {
  /**
   * How long the session outlives silence. The server grants what it likes, usually 2 to 20 of its ticks; `state` tells.
   * Default: 10000 ms.
   */
  readonly sessionTimeoutMs?: number | undefined;
  /** How long the first session may take to be there. Default: 10000 ms. */
  readonly openTimeoutMs?: number | undefined;
  /** Deadline of requests that name none, the wait for a connection included. Default: 5000 ms. */
  readonly requestTimeoutMs?: number | undefined;
  /** Requests that wait for a connection or an answer; more fail `resource_exhausted`. Default: 10000. */
  readonly requestsMax?: number | undefined;
  /** The servers' `jute.maxbuffer`: a larger request fails before it is sent. Default: 1048575 bytes, as theirs. */
  readonly requestBytesMax?: number | undefined;
  /** A larger reply ends the connection. Default: 16 MiB: lists of children may be longer than any request. */
  readonly replyBytesMax?: number | undefined;
  /**
   * Who says that the session is over. `own-clock` (default): this client, a full time-out after the last request that the
   * server is known to have had; never later than the server, so that nobody believes to hold what another already has.
   * `server`: only the server's word; for those who would rather find their ephemeral nodes still there after an
   * election.
   */
  readonly expiresBy?: "own-clock" | "server" | undefined;
  /** What comes after: another session by itself (`reopen`, default), or nothing (`end`). */
  readonly onExpiry?: "reopen" | "end" | undefined;
  /** Sent first on every connection. */
  readonly auth?: readonly Auth[] | undefined;
  /** Encrypts the connections. Default: none. */
  readonly tls?: TlsOptions | undefined;
  /** Default: silent. */
  readonly log?: Log | undefined;
  /** For tests. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

type Defaulted = Exclude<keyof ZooKeeperOptions, "tls">;

export type ResolvedOptions = { readonly [Name in Defaulted]-?: Exclude<ZooKeeperOptions[Name], undefined> } & {
  readonly tls: TlsOptions | undefined;
};

/** Fails `invalid_argument` with reason SETTING for what cannot be. */
export function resolveOptions(options: ZooKeeperOptions): ResolvedOptions {
  return {
    sessionTimeoutMs: positive("sessionTimeoutMs", options.sessionTimeoutMs ?? 10_000),
    openTimeoutMs: positive("openTimeoutMs", options.openTimeoutMs ?? 10_000),
    requestTimeoutMs: positive("requestTimeoutMs", options.requestTimeoutMs ?? 5000),
    requestsMax: positive("requestsMax", options.requestsMax ?? 10_000),
    requestBytesMax: positive("requestBytesMax", options.requestBytesMax ?? 1_048_575),
    replyBytesMax: positive("replyBytesMax", options.replyBytesMax ?? 16 * 1024 * 1024),
    expiresBy: options.expiresBy ?? "own-clock",
    onExpiry: options.onExpiry ?? "reopen",
    auth: options.auth ?? [],
    tls: options.tls,
    log: options.log ?? silentLog,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  };
}

/** What fits a timer and a jute int. */
const most = 0x7f_ff_ff_ff;

export function positive(key: string, value: number): number {
  if (Number.isFinite(value) && value > 0 && value <= most) return value;
  throw new SkylarkError("invalid_argument", `${key} is ${value}: it must be above 0 and at most ${most}`, {
    reason: "SETTING",
    details: { key },
  });
}
