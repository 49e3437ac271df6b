import { durationMsOf } from "./duration.js";
import { schemaSetting } from "./schema-setting.js";
import { type Given, type Reading, type Setting, type SettingOptions, withOptions } from "./setting.js";

export interface StringSettingOptions extends SettingOptions<string> {
  /** What the text must match. Default: any text, the empty one included. */
  readonly pattern?: RegExp;
  /** The pattern in words, to end the sentence "allowed is …". */
  readonly allowed?: string;
}

export interface NumberSettingOptions extends SettingOptions<number> {
  readonly min?: number;
  readonly max?: number;
}

/**
 * The kinds of settings. Each takes where it is looked for (`env`, `flag`), its `default`, and what it is for.
 *
 * @example
 * const port = setting.integer({ default: 0, min: 0, max: 65_535, env: "PORT", flag: "port", describe: "Where to listen." });
 */
export const setting = {
  string<const O extends StringSettingOptions>(options?: O): Setting<Given<string, O>> {
    const { pattern, allowed = pattern ? `a text that matches ${pattern}` : "a text" }: StringSettingOptions =
      options ?? {};
    return plain<string, O>("string", allowed, options, {
      ofText: (text) => text,
      ofValue: (value) => (typeof value === "string" && (!pattern || pattern.test(value)) ? value : undefined),
    });
  },

  /** A text that is never shown: not in `origins`, not in an error. */
  secret<const O extends SettingOptions<string>>(options?: O): Setting<Given<string, O>> {
    return plain<string, O>("secret", "a text", options, {
      ofText: (text) => text,
      ofValue: (value) => (typeof value === "string" ? value : undefined),
    });
  },

  integer<const O extends NumberSettingOptions>(options?: O): Setting<Given<number, O>> {
    return plain<number, O>("integer", `a whole number${rangeInWords(options)}`, options, {
      ofText: numberOf,
      ofValue: (value) => (Number.isSafeInteger(value) && inRange(value, options) ? value : undefined),
    });
  },

  number<const O extends NumberSettingOptions>(options?: O): Setting<Given<number, O>> {
    return plain<number, O>("number", `a number${rangeInWords(options)}`, options, {
      ofText: numberOf,
      ofValue: (value) => (inRange(value, options) ? value : undefined),
    });
  },

  /** A switch: `true`, `yes`, `on`, `1` or `false`, `no`, `off`, `0`; as a flag `--name` or `--no-name`. */
  boolean<const O extends SettingOptions<boolean>>(options?: O): Setting<Given<boolean, O>> {
    return plain<boolean, O>("boolean", "true or false", options, {
      ofText: (text) => (/^(true|yes|on|1)$/i.test(text) ? true : /^(false|no|off|0)$/i.test(text) ? false : undefined),
      ofValue: (value) => (typeof value === "boolean" ? value : undefined),
    });
  },

  /** A time in milliseconds: a number, or a text with its unit such as `500ms`, `2s`, `1.5m`, `1h`. The default `min` is 0. */
  durationMs<const O extends NumberSettingOptions>(options?: O): Setting<Given<number, O>> {
    const range = { min: 0, ...options };
    const allowed = `a time such as 500, "500ms" or "2s",${rangeInWords(range, " ms")}`;
    return plain<number, O>("durationMs", allowed, options, {
      ofText: durationMsOf,
      ofValue(value) {
        const ms = typeof value === "string" ? durationMsOf(value) : value;
        return inRange(ms, range) ? ms : undefined;
      },
    });
  },

  oneOf<const V extends string, const O extends SettingOptions<NoInfer<V>>>(
    values: readonly V[],
    options?: O,
  ): Setting<Given<V, O>> {
    return plain<V, O>("oneOf", `one of ${values.map((each) => `"${each}"`).join(", ")}`, options, {
      ofText: (text) => text,
      ofValue: (value) => values.find((each) => each === value),
    });
  },

  /** Several texts: separated by commas, an array in a file, a flag given several times. */
  list<const O extends SettingOptions<readonly string[]>>(options?: O): Setting<Given<readonly string[], O>> {
    return plain<readonly string[], O>("list", "a list of texts", options, {
      ofText: (text) =>
        text
          .split(",")
          .map((each) => each.trim())
          .filter((each) => each !== ""),
      ofValue: (value) => (Array.isArray(value) && value.every((each) => typeof each === "string") ? value : undefined),
    });
  },

  schema: schemaSetting,
} as const;

interface RawReaders<T> {
  /** What a text stands for, to be read as a value then; undefined where it stands for nothing. */
  ofText(text: string): unknown;
  /** The setting's value, or undefined where it is not allowed. */
  ofValue(value: unknown): T | undefined;
}

function plain<T, O extends SettingOptions<T>>(
  kind: Setting<T>["kind"],
  allowed: string,
  options: O | undefined,
  raw: RawReaders<T>,
): Setting<Given<T, O>> {
  const readValue = (given: unknown): Reading<T> => {
    const value = raw.ofValue(given);
    return value === undefined ? { kind: "refused", allowed } : { kind: "value", value };
  };
  return withOptions<T, O>({ kind, allowed, readValue, readText: (text) => readValue(raw.ofText(text)) }, options);
}

function numberOf(text: string): number | undefined {
  return /^\s*[+-]?\d+(\.\d+)?(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : undefined;
}

function inRange(
  value: unknown,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: NumberSettingOptions = {},
): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= min && value <= max;
}

function rangeInWords({ min, max }: NumberSettingOptions = {}, unit = ""): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}${unit}`;
  if (min !== undefined) return ` at least ${min}${unit}`;
  return max === undefined ? "" : ` at most ${max}${unit}`;
}
