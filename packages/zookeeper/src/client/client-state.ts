import type { SkylarkError } from "@skylark/core";
import type { SessionState } from "../session/session-state.js";

/**
 * What a client says of itself. `connected` and `suspended` may alternate; ephemeral nodes live on. After `expired` they
 * are gone; `connecting` follows, unless the client was told to end.
 */
export type ZooKeeperState =
  | { readonly kind: "connecting" }
  | {
      readonly kind: "connected";
      /** `Stat.ephemeralOwner` of this session's nodes. */
      readonly sessionId: bigint;
      /** As granted, ms. */
      readonly timeoutMs: number;
      /** The server, `host:port`. */
      readonly host: string;
    }
  | { readonly kind: "suspended"; readonly sessionId: bigint; readonly timeoutMs: number }
  | { readonly kind: "expired"; readonly sessionId: bigint }
  /** `error`: why, where it was not `close`. */
  | { readonly kind: "closed"; readonly error: SkylarkError | undefined };

/** Leaves out what is nobody's business: the password of a session is as good as the session. */
export function stateOf(state: SessionState): ZooKeeperState {
  switch (state.kind) {
    case "connecting":
      return { kind: "connecting" };
    case "connected": {
      const { id, timeoutMs } = state.session;
      return { kind: "connected", sessionId: id, timeoutMs, host: state.host };
    }
    case "suspended":
      return { kind: "suspended", sessionId: state.session.id, timeoutMs: state.session.timeoutMs };
    case "expired":
      return { kind: "expired", sessionId: state.session.id };
    case "closed":
      return { kind: "closed", error: state.error };
  }
}
