import { Code, ConnectError } from "@connectrpc/connect";
import { type ErrorCode, errorCodeOf, SkylarkError } from "@skylark/core";
import type { Connection } from "../connection/connection.js";

/** What a failed attempt means for whoever made the call. */
export type Failure =
  /** The server asks who is there: the token is no longer good, and nothing was done. */
  | { readonly kind: "token refused"; readonly error: SkylarkError }
  /** This member knows no leader; nothing was done. */
  | { readonly kind: "no leader"; readonly error: SkylarkError }
  /** Nothing was done, or nobody knows: `error.notExecuted` tells. */
  | { readonly kind: "unavailable"; readonly error: SkylarkError }
  | { readonly kind: "final"; readonly error: SkylarkError };

/** How the server's own words begin. Everything else was said by the library or by a network. */
const serverWords = /^(etcdserver|mvcc|auth|lease|rpc error|grpc):/;

const refusedTokens = /invalid auth token|revision (of auth store|in header) is old/;

/** The server says "invalid argument" of what is no argument of the call. */
const codeByMessage: readonly [RegExp, ErrorCode][] = [
  [/authentication failed|user name is empty|user name not found/, "unauthenticated"],
  [/permission denied/, "permission_denied"],
  [/key not found/, "not_found"],
  [/database space exceeded|too many requests/, "resource_exhausted"],
];

/** Time-outs, cancellations and changes of leader, on the server's side: what was proposed may still be done. */
const doubtful: ReadonlySet<Code> = new Set([Code.Unavailable, Code.DeadlineExceeded, Code.Canceled]);

/** What errors say of a call. */
export interface Named {
  /** What it is called: `put /a`. */
  readonly what: string;
  /** Reads are made again on another member; a write never, once it may have been sent. */
  readonly repeatable: boolean;
}

/** The one conversion of what the gRPC library throws. */
export function failureOf(thrown: unknown, connection: Connection, call: Named): Failure {
  const { what } = call;
  const notSent = causeOf(thrown);
  if (notSent) return { kind: "unavailable", error: notSent };
  const { code, rawMessage } = ConnectError.from(thrown);
  if (serverWords.test(rawMessage)) return saidByServer(code, rawMessage, connection, what);
  if (connection.failure) return { kind: "unavailable", error: lost(call, connection.failure) };
  if (code === Code.DeadlineExceeded) {
    const message = `${what}: no answer of etcd at ${connection.endpoint} in time${doubt(call)}`;
    return { kind: "final", error: new SkylarkError("deadline_exceeded", message, { cause: thrown }) };
  }
  if (code === Code.Canceled) return { kind: "final", error: new SkylarkError("cancelled", `${what} was cancelled`) };
  const isTransport = code === Code.Unavailable || code === Code.Internal || code === Code.Aborted;
  if (isTransport) return { kind: "unavailable", error: lost(call, SkylarkError.from(thrown, "unavailable")) };
  const message = `${what}: etcd at ${connection.endpoint}: ${rawMessage}`;
  return { kind: "final", error: new SkylarkError(errorCodeOf(code), message, { cause: thrown }) };
}

function saidByServer(code: Code, said: string, { endpoint }: Connection, what: string): Failure {
  const message = `${what}: etcd at ${endpoint} says "${said}"`;
  if (refusedTokens.test(said)) {
    return { kind: "token refused", error: new SkylarkError("unauthenticated", message, { notExecuted: true }) };
  }
  if (said === "etcdserver: no leader") {
    const text = `${message}: the member sees no quorum, the majority of the cluster is lost or cut off from it`;
    const error = new SkylarkError("unavailable", text, { reason: "NO_QUORUM", notExecuted: true });
    return { kind: "no leader", error };
  }
  const known = codeByMessage.find(([pattern]) => pattern.test(said));
  if (known) return { kind: "final", error: new SkylarkError(known[1], message, { notExecuted: true }) };
  if (!doubtful.has(code)) {
    return { kind: "final", error: new SkylarkError(errorCodeOf(code), message, { notExecuted: true }) };
  }
  return { kind: "unavailable", error: new SkylarkError("unavailable", message, { reason: "CONNECTION_LOST" }) };
}

function lost(call: Named, { message, reason = "CONNECTION_LOST", cause }: SkylarkError): SkylarkError {
  return new SkylarkError("unavailable", `${call.what}: ${message}${doubt(call)}`, { reason, cause });
}

function doubt({ repeatable }: Named): string {
  return repeatable ? "" : "; it may have happened, read before writing again";
}

/** An error of ours that says "not sent", below whatever the library made of it. */
function causeOf(thrown: unknown): SkylarkError | undefined {
  for (let at = thrown; at instanceof Error; at = at.cause) {
    if (SkylarkError.is(at) && at.notExecuted) return at;
  }
  return undefined;
}
