import { type ErrorCode, SkylarkError, type SkylarkErrorOptions } from "@skylark/core";
import { type ZooKeeperErrorCode, zooKeeperErrorOf } from "./wire/error-code.js";

/** What `details` of an error of this package hold. */
export interface ZooKeeperErrorDetails {
  /** ZooKeeper's own name of what went wrong. */
  readonly zookeeper: ZooKeeperErrorCode;
  readonly path?: string;
  /** Of a multi: which step, counted from 0. */
  readonly step?: number;
}

const codes: Partial<Record<ZooKeeperErrorCode, ErrorCode>> = {
  no_node: "not_found",
  no_watcher: "not_found",
  node_exists: "already_exists",
  bad_version: "aborted",
  not_empty: "failed_precondition",
  no_children_for_ephemerals: "failed_precondition",
  ephemeral_on_local_session: "failed_precondition",
  session_expired: "failed_precondition",
  reconfig_disabled: "failed_precondition",
  no_auth: "permission_denied",
  auth_failed: "unauthenticated",
  session_closed_require_sasl_auth: "unauthenticated",
  invalid_acl: "invalid_argument",
  bad_arguments: "invalid_argument",
  marshalling_error: "invalid_argument",
  unimplemented: "unimplemented",
  quota_exceeded: "resource_exhausted",
  throttled_op: "resource_exhausted",
  connection_loss: "unavailable",
  session_moved: "unavailable",
  not_read_only: "unavailable",
  new_config_no_quorum: "unavailable",
  operation_timeout: "deadline_exceeded",
  request_timeout: "deadline_exceeded",
  system_error: "internal",
  runtime_inconsistency: "internal",
  data_inconsistency: "internal",
};

const meanings: Partial<Record<ZooKeeperErrorCode, string>> = {
  no_node: "there is no such node",
  no_watcher: "no such watch is set",
  node_exists: "the node exists already",
  bad_version: "the node has another version",
  not_empty: "the node has children",
  no_children_for_ephemerals: "its parent is ephemeral, and cannot have children",
  no_auth: "the access list does not allow it",
  auth_failed: "the server refused the credentials",
  invalid_acl: "the access list is not valid",
  unimplemented: "the server does not know this operation, or has it turned off",
  quota_exceeded: "the quota is used up",
  throttled_op: "the server is overloaded, and refused it",
  session_expired: "the session has expired",
};

/** Refusals of which the server promises that nothing ran, whatever it was. */
const refusedUnrun: ReadonlySet<ZooKeeperErrorCode> = new Set(["throttled_op", "not_read_only"]);

/** The conversion of the server's error numbers. `what` names operation and path. */
export function refusedByServer(number: number, what: string, details: { path?: string; step?: number }): SkylarkError {
  const zookeeper = zooKeeperErrorOf(number);
  const meaning = meanings[zookeeper] ?? zookeeper.replaceAll("_", " ");
  const options: SkylarkErrorOptions = { details: { zookeeper, ...details }, notExecuted: refusedUnrun.has(zookeeper) };
  if (zookeeper === "session_expired") options.reason = "SESSION_EXPIRED";
  return new SkylarkError(codes[zookeeper] ?? "unknown", `${what}: ${meaning} (${zookeeper}, ${number})`, options);
}

/** ZooKeeper's own name of an error, where it is one of this package: `no_node`, `not_empty`, `connection_loss`… */
export function zooKeeperCode(error: unknown): ZooKeeperErrorCode | undefined {
  if (!SkylarkError.is(error)) return undefined;
  const details = error.details as Partial<ZooKeeperErrorDetails> | null | undefined;
  return details?.zookeeper;
}

export function sessionExpired(what: string, notExecuted: boolean): SkylarkError {
  return new SkylarkError("failed_precondition", `${what}: the session has expired`, {
    reason: "SESSION_EXPIRED",
    details: { zookeeper: "session_expired" },
    notExecuted,
  });
}

/** Sent, and its connection lost before the answer. */
export function connectionLost(what: string, cause: SkylarkError): SkylarkError {
  return new SkylarkError("unavailable", `${what}: sent, and no answer came: it may have happened (${cause.message})`, {
    reason: "CONNECTION_LOST",
    details: { zookeeper: "connection_loss" },
    cause,
  });
}
