import type { Timer } from "@skylark/core/internal";
import type { KnownSession } from "../protocol/messages.js";
import type { HostLink } from "./host-link.js";

/** A session over a connection. */
export interface Live {
  readonly link: HostLink;
  readonly known: KnownSession;
  readonly ttlMs: number;
  readonly keepAlive: Timer;
  heardAt: number;
}

export type SessionState =
  /** On the way to a connection. `known`: the session to resume. */
  | { kind: "reaching"; known: KnownSession | undefined; abort: AbortController }
  /** Said hello. */
  | { kind: "greeting"; known: KnownSession | undefined; link: HostLink; patience: Timer }
  | ({ kind: "established" } & Live)
  /** The clock says that this process or machine stood still: nothing is sure until the host answers keep-alive `asked`. */
  | ({ kind: "doubted"; asked: number } & Live)
  | { kind: "closed" };
