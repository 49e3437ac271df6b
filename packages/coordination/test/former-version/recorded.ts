import { readFileSync } from "node:fs";
import type { ClientMessage, HostMessage } from "../../src/protocol/messages.js";
import type { Command } from "../../src/state/command.js";

/** What the former version said and wrote (`scripts/record-former-version.ts`). */
interface Recorded {
  readonly session: readonly RecordedMessage[];
  readonly journal: { readonly commands: readonly Command[]; readonly files: Readonly<Record<string, string>> };
}

export type RecordedMessage =
  | { readonly from: "client"; readonly message: ClientMessage }
  | { readonly from: "host"; readonly message: HostMessage };

const file = new URL("recorded.json", import.meta.url);
export const recorded = JSON.parse(readFileSync(file, "utf8")) as Recorded;

/** The same, with a field in every object that nobody knows yet: what a later version may send. */
export function withLaterFields<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withLaterFields) as T;
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, each]) => [name, withLaterFields(each as unknown)]);
  return { ...Object.fromEntries(fields), later: { than: "this" } } as T;
}
