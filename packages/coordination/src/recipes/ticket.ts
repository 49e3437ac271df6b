import { SkylarkError } from "@skylark/core";
import type { Entry, Json, Revision, SessionId } from "../port.js";

/**
 * A place in the queue for a lock, or of a candidate in an election. The lowest ticket holds; its token is the fencing
 * token, or the epoch. Laid out as COORD-RECIPE-2 says.
 */
export interface Ticket {
  readonly key: string;
  readonly token: number;
  /** Random per try: whose ticket it is, where the answer to taking it was lost. */
  readonly nonce: string;
  /** Who it is, for people and for those who ask who leads. */
  readonly holder: Json;
  readonly owner: SessionId | undefined;
  readonly revision: Revision;
}

/** As many digits as keep names in the order of their numbers until they are no safe integers any more. */
const tokenDigits = 16;

export function ticketKey(key: string, token: number): string {
  return `${key}/${String(token).padStart(tokenDigits, "0")}`;
}

export function ticketValue({ token, nonce, holder }: Pick<Ticket, "token" | "nonce" | "holder">): Json {
  return { token, nonce, holder };
}

/** Undefined for an entry that is no ticket: somebody else's, left alone. */
export function ticketOf({ key, value, owner, revision }: Entry): Ticket | undefined {
  const name = key.slice(key.lastIndexOf("/") + 1);
  if (!isObject(value) || !/^\d{16}$/.test(name)) return undefined;
  const { token, nonce, holder = null } = value;
  if (token !== Number(name) || typeof nonce !== "string") return undefined;
  return { key, token, nonce, holder, owner, revision };
}

export function ticketsOf(entries: readonly Entry[]): Ticket[] {
  const tickets = entries.map(ticketOf).filter((ticket) => ticket !== undefined);
  return tickets.toSorted((one, other) => one.token - other.token);
}

/** What the counter's entry holds (COORD-RECIPE-1). */
export function counterValue(token: number): Json {
  return { token };
}

/** The highest token ever given. Fails `failed_precondition` where the entry is something else. */
export function counterOf(key: string, entry: Entry | undefined): number {
  if (entry === undefined) return 0;
  const { value } = entry;
  if (isObject(value) && Number.isSafeInteger(value["token"])) return value["token"] as number;
  throw new SkylarkError("failed_precondition", `the entry at ${key} counts no tokens: another key for the lock`);
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
