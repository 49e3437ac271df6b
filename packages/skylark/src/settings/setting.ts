import { SkylarkError } from "@skylark/core";

/** One setting of a program: what it may be and where it is looked for. Made by the functions of `setting`. */
export interface Setting<T> {
  readonly kind: SettingKind;
  /** What it may be, in words that end a sentence: "a whole number from 0 to 65535". */
  readonly allowed: string;
  /** What it is for; "" where nobody said. */
  readonly describe: string;
  /** The environment variable it is read from, by its whole name. */
  readonly env: string | undefined;
  /** The flag it is read from, without its dashes. */
  readonly flag: string | undefined;
  readonly fallback: Fallback<T>;
  /** Reads what an environment variable or a flag says. */
  readText(text: string): Reading<T>;
  /** Reads what a JSON file or the program's own code says. */
  readValue(value: unknown): Reading<T>;
}

export type SettingKind =
  | "string"
  | "secret"
  | "integer"
  | "number"
  | "boolean"
  | "durationMs"
  | "oneOf"
  | "list"
  | "schema";

/** What became of a raw value: the setting's own value, or what would have been allowed instead, in words. */
export type Reading<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "refused"; readonly allowed: string };

/** What holds where no source gives a value. */
export type Fallback<T> =
  | { readonly kind: "default"; readonly value: T }
  | { readonly kind: "optional" }
  | { readonly kind: "required" };

export interface SettingOptions<T> {
  /** Holds where no source gives a value. Without it, and without `optional`, a value must be given. */
  readonly default?: T;
  /** The value may be left out, and is undefined then. Default: it may not. */
  readonly optional?: true;
  /** The environment variable it is read from, by its whole name. Default: none. */
  readonly env?: string;
  /** The flag it is read from, without dashes: `port` for `--port 4000`. Default: none. */
  readonly flag?: string;
  /** What it is for, in one sentence. */
  readonly describe?: string;
}

/** What a setting gives: undefined only where its options let it be left out. */
export type Given<T, O> = O extends { readonly optional: true } ? T | undefined : T;

/** Completes a setting with what its options say. Fails `invalid_argument` when its own default is not allowed. */
export function withOptions<T, O extends SettingOptions<T>>(
  own: Pick<Setting<T>, "kind" | "allowed" | "readText" | "readValue">,
  options: O | undefined,
): Setting<Given<T, O>> {
  const { describe = "", env, flag }: SettingOptions<T> = options ?? {};
  // the readers never give undefined: only the fallback adds what Given speaks of
  return { ...own, describe, env, flag, fallback: fallbackOf(own, options) };
}

function fallbackOf<T>(own: Pick<Setting<T>, "readValue">, options: SettingOptions<T> | undefined): Fallback<T> {
  if (options?.default === undefined) return { kind: options?.optional ? "optional" : "required" };
  const reading = own.readValue(options.default);
  if (reading.kind === "value") return { kind: "default", value: reading.value };
  throw new SkylarkError(
    "invalid_argument",
    `a setting cannot have the default ${JSON.stringify(options.default)}: allowed is ${reading.allowed}`,
    { reason: "SETTING" },
  );
}
