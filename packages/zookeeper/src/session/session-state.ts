import type { SkylarkError } from "@skylark/core";

/** What the server gave, and asks to see again. */
export interface GrantedSession {
  readonly id: bigint;
  readonly password: Uint8Array;
  /** As granted, ms. */
  readonly timeoutMs: number;
}

/** A client's session through its whole life. Connections come and go below it. */
export type SessionState =
  /** None was granted yet, or none since the one before expired. */
  | { readonly kind: "connecting" }
  | { readonly kind: "connected"; readonly session: GrantedSession; readonly host: string }
  /** Without a connection; alive at the server for all we know. `expiresAt`: by our clock, when that may end. */
  | { readonly kind: "suspended"; readonly session: GrantedSession; readonly expiresAt: number }
  /** Over, and with it the ephemeral nodes. */
  | { readonly kind: "expired"; readonly session: GrantedSession }
  /** Nothing comes after it. `error`: why, where it was not the user. */
  | { readonly kind: "closed"; readonly error: SkylarkError | undefined };

export type SessionEvent =
  | { readonly kind: "granted"; readonly session: GrantedSession; readonly host: string }
  /** `provenAt`: when the newest request was sent that the server has answered. */
  | { readonly kind: "lost"; readonly provenAt: number }
  | { readonly kind: "expired" }
  | { readonly kind: "reopened" }
  | { readonly kind: "closed"; readonly error: SkylarkError | undefined };

/** What becomes of a session. An event that has no place in a state leaves it as it is: the same object comes back. */
export function nextState(state: SessionState, event: SessionEvent): SessionState {
  if (state.kind === "closed") return state;
  switch (event.kind) {
    case "granted":
      return granted(state, event);
    case "lost":
      if (state.kind !== "connected") return state;
      return { kind: "suspended", session: state.session, expiresAt: event.provenAt + state.session.timeoutMs };
    case "expired":
      if (state.kind !== "connected" && state.kind !== "suspended") return state;
      return { kind: "expired", session: state.session };
    case "reopened":
      return state.kind === "expired" ? { kind: "connecting" } : state;
    case "closed":
      return { kind: "closed", error: event.error };
  }
}

function granted(state: SessionState, { session, host }: SessionEvent & { kind: "granted" }): SessionState {
  if (state.kind === "connecting") return { kind: "connected", session, host };
  if (state.kind !== "suspended" || state.session.id !== session.id) return state;
  return { kind: "connected", session, host };
}
