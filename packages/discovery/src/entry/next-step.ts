import { isDeepStrictEqual } from "node:util";
import type { Entry, Json, Revision, SessionId } from "@skylark/coordination";

/** What the store shall hold. */
export type Wanted =
  | { readonly kind: "listed"; readonly value: Json }
  /** Nothing; but first, where there is a farewell, that, so that nobody takes the absence for an accident. */
  | { readonly kind: "gone"; readonly farewell: Json | undefined };

/** The value is copied: nobody changes it meanwhile. */
export function wantListed(value: Json): Wanted {
  return { kind: "listed", value: asStored(value) };
}

export function wantGone(farewell: Json | undefined): Wanted {
  return { kind: "gone", farewell: farewell === undefined ? undefined : asStored(farewell) };
}

/** How an owner knows its own. */
export interface Owner {
  readonly session: SessionId;
  /** Sessions this process had before: what they own is a leftover of it. */
  readonly earlier: readonly SessionId[];
  /** Random per start, in every value it writes. */
  readonly nonce: string;
}

export type Step =
  | { readonly kind: "none" }
  | { readonly kind: "create"; readonly value: Json }
  | { readonly kind: "put"; readonly value: Json; readonly revision: Revision }
  | { readonly kind: "delete"; readonly revision: Revision }
  /** Somebody else lives under this key: not ours to touch. */
  | { readonly kind: "yield"; readonly to: Entry };

/** The one write that brings the store nearer to what is wanted, given what it holds. Every write names its revision. */
export function nextStep(wanted: Wanted, found: Entry | undefined, owner: Owner): Step {
  const held = belonging(found, owner);
  if (wanted.kind === "gone") {
    if (held.kind === "none" || held.kind === "foreign") return { kind: "none" };
    const { value, revision } = held.entry;
    const { farewell } = wanted;
    const isSaid = farewell === undefined || held.kind === "leftover" || isDeepStrictEqual(value, farewell);
    return isSaid ? { kind: "delete", revision } : { kind: "put", value: farewell, revision };
  }
  if (held.kind === "none") return { kind: "create", value: wanted.value };
  if (held.kind === "foreign") return { kind: "yield", to: held.entry };
  if (held.kind === "leftover") return { kind: "delete", revision: held.entry.revision };
  if (isDeepStrictEqual(held.entry.value, wanted.value)) return { kind: "none" };
  return { kind: "put", value: wanted.value, revision: held.entry.revision };
}

type Belonging =
  | { readonly kind: "none" }
  /** It lives and dies with the session of now. */
  | { readonly kind: "mine"; readonly entry: Entry }
  /** Of this process, but it will go with a session that is over, or with none at all. */
  | { readonly kind: "leftover"; readonly entry: Entry }
  | { readonly kind: "foreign"; readonly entry: Entry };

function belonging(entry: Entry | undefined, owner: Owner): Belonging {
  if (!entry) return { kind: "none" };
  if (entry.owner === owner.session) return { kind: "mine", entry };
  const nonce = nonceOf(entry.value);
  // without a nonce it was written by nobody who lives here: the key carries this start's random id
  const ours = nonce === undefined || nonce === owner.nonce || owner.earlier.some((session) => session === entry.owner);
  return { kind: ours ? "leftover" : "foreign", entry };
}

function nonceOf(value: Json): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const nonce = Object.hasOwn(value, "nonce") ? value["nonce"] : undefined;
  return typeof nonce === "string" ? nonce : undefined;
}

/** As the store gives it back: a field that is undefined is none. */
function asStored(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
