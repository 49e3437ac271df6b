import { type ErrorReason, errorCodeOf, errorCodes, errorReasons, SkylarkError } from "@skylark/core";
import type { Change, Entry, Json } from "../port.js";
import type { Reply } from "../state/command.js";
import type { StoredChange } from "../state/effect.js";
import type { StoredEntry } from "../state/tree.js";
import { type FailedCall, type HostMessage, protocolLimits, type WriteResult } from "./messages.js";

/** The messages that carry one answer. */
export function* replyMessages(call: number, reply: Reply): Generator<HostMessage> {
  switch (reply.kind) {
    case "entry":
      yield { kind: "entry", call, entry: reply.entry ?? null };
      break;
    case "entries":
      for (const { page, more } of pages(reply.entries, entryBytes))
        yield { kind: "entries", call, entries: page, more };
      break;
    case "names":
      for (const { page, more } of pages(reply.names, (name) => name.length)) {
        yield { kind: "names", call, names: page, more };
      }
      break;
    case "written":
      yield { kind: "written", call, results: reply.results.map(writeResult) };
      break;
    case "done":
      break;
  }
}

export function* snapshotMessages(watch: number, entries: readonly StoredEntry[]): Generator<HostMessage> {
  for (const { page, more } of pages(entries, entryBytes)) yield { kind: "snapshot", watch, entries: page, more };
}

export function* changesMessages(watch: number, changes: readonly StoredChange[]): Generator<HostMessage> {
  const weigh = (change: StoredChange) => (change.kind === "put" ? entryBytes(change.entry) : change.key.length);
  for (const { page, more } of pages(changes, weigh)) yield { kind: "changes", watch, changes: page, more };
}

export function failedMessage(call: number, error: SkylarkError): FailedCall {
  const { message, notExecuted } = error;
  return { kind: "failed", call, code: errorCodes[error.code], message, reason: error.reason ?? null, notExecuted };
}

/** The error as it is thrown at the caller, with the caller's stack. */
export function errorFrom({ code, message, reason, notExecuted }: FailedCall): SkylarkError {
  const known = errorReasons.find((each): each is ErrorReason => each === reason);
  return new SkylarkError(errorCodeOf(code), message, { reason: known, notExecuted });
}

export function entryFrom({ key, json, revision, owner }: StoredEntry): Entry {
  return { key, value: JSON.parse(json) as Json, revision, owner: owner ?? undefined };
}

export function changeFrom(change: StoredChange): Change {
  return change.kind === "put" ? { kind: "put", entry: entryFrom(change.entry) } : { kind: "deleted", key: change.key };
}

function writeResult(result: StoredEntry | boolean | null): WriteResult {
  return typeof result === "object" && result ? { revision: result.revision, owner: result.owner } : result;
}

function entryBytes({ key, json }: StoredEntry): number {
  return key.length + json.length;
}

/** Cuts a list into pages of about `pageBytes`; an empty list is one empty page. */
function* pages<T>(items: readonly T[], weigh: (item: T) => number): Generator<{ page: readonly T[]; more: boolean }> {
  let from = 0;
  let bytes = 0;
  for (let at = 0; at < items.length; at++) {
    const weight = weigh(items[at] as T);
    if (at > from && bytes + weight > protocolLimits.pageBytes) {
      yield { page: items.slice(from, at), more: true };
      from = at;
      bytes = 0;
    }
    bytes += weight;
  }
  yield { page: from === 0 ? items : items.slice(from), more: false };
}
