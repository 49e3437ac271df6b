import type { SkylarkError } from "@skylark/core";
import type { SessionId } from "../port.js";
import type { Effect } from "./effect.js";
import type { StoredOperation } from "./operation.js";
import type { StoredEntry } from "./tree.js";

/** Everything that can be asked of the store. Time and chance come in with the command. */
export type Command =
  | ReadCommand
  | { readonly kind: "write"; readonly session: SessionId; readonly operations: readonly StoredOperation[] }
  | { readonly kind: "openSession"; readonly session: SessionId; readonly ttlMs: number; readonly now: number }
  /** Ends in order, or because its time is over; ending one that is gone is no error. */
  | { readonly kind: "endSession"; readonly session: SessionId }
  | { readonly kind: "host"; readonly tag: string };

export type ReadCommand =
  | { readonly kind: "get"; readonly key: string }
  | { readonly kind: "list"; readonly parent: string }
  | { readonly kind: "children"; readonly parent: string };

export type Reply =
  | { readonly kind: "entry"; readonly entry: StoredEntry | undefined }
  | { readonly kind: "entries"; readonly entries: readonly StoredEntry[] }
  | { readonly kind: "names"; readonly names: readonly string[] }
  /** One result per operation: the entry of a create or put; whether a delete found one; null for a check. */
  | { readonly kind: "written"; readonly results: readonly (StoredEntry | boolean | null)[] }
  | { readonly kind: "done" };

/** `undo`: the effects that take it back, first to last. */
export type Outcome =
  | {
      readonly kind: "replied";
      readonly reply: Reply;
      readonly effects: readonly Effect[];
      readonly undo: readonly Effect[];
    }
  | { readonly kind: "refused"; readonly error: SkylarkError };
