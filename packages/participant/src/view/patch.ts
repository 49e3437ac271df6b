import { SkylarkError } from "@skylark/core";

/** Where one instance of a service is reached. */
export interface Provider {
  /** The service's name. */
  readonly name: string;
  readonly url: string;
}

/** What came and what went, in the words of whoever hears it. */
export interface Patch {
  readonly added: readonly Provider[];
  readonly removed: readonly Provider[];
}

/**
 * Reads `{Added: [{Name, URL}], Removed: [{Name, URL}]}`. A list may be `null`, and one of the two may be left out. What does
 * not fit fails `invalid_argument`, reason `VALIDATION`, and names the field.
 */
export function readPatch(value: unknown): Patch {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw misfit("", "a patch is a JSON object");
  const { Added, Removed } = value as Readonly<Record<"Added" | "Removed", unknown>>;
  if (Added === undefined && Removed === undefined) throw misfit("Added", "a patch has Added or Removed, or both");
  return { added: readProviders("Added", Added), removed: readProviders("Removed", Removed) };
}

function readProviders(field: string, value: unknown): readonly Provider[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw misfit(field, `${field} is no list`);
  return value.map((each: unknown, index) => readProvider(`${field}[${index}]`, each));
}

function readProvider(field: string, value: unknown): Provider {
  if (typeof value !== "object" || value === null) throw misfit(field, `${field} is no object with Name and URL`);
  const { Name: name, URL: url } = value as Readonly<Record<"Name" | "URL", unknown>>;
  if (typeof name !== "string" || name === "") throw misfit(`${field}.Name`, `${field}.Name is no text`);
  if (typeof url === "string" && isHttpUrl(url)) return Object.freeze({ name, url });
  throw misfit(`${field}.URL`, `${field}.URL is no http:// or https:// URL`);
}

/** Whether a program can be reached there by HTTP. */
export function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

function misfit(field: string, message: string): SkylarkError {
  return new SkylarkError("invalid_argument", message, { reason: "VALIDATION", details: { field } });
}
