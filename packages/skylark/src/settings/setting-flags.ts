import { parseArgs } from "node:util";
import type { SettingFields } from "./definition.js";

/** What the command line says of one setting. A flag that wants a value and has none gives no text. */
export interface GivenFlag {
  readonly text: string | undefined;
  /** As it was written: `--port`, `--no-verbose`. */
  readonly where: string;
}

/**
 * The flags of a command line that are settings, by key. The rest is left alone: it belongs to the program. The last one
 * wins, but a list takes all of them.
 */
export function settingFlags(fields: SettingFields, argv: readonly string[]): ReadonlyMap<string, GivenFlag> {
  const keys = new Map(Object.entries(fields).flatMap(([key, { flag }]) => (flag === undefined ? [] : [[flag, key]])));
  const given = new Map<string, GivenFlag>();
  for (const token of tokensOf(fields, argv)) {
    if (token.kind !== "option") continue;
    const negated = keys.has(token.name) ? undefined : /^no-(.+)$/.exec(token.name)?.[1];
    const key = keys.get(negated ?? token.name);
    const field = key === undefined ? undefined : fields[key];
    if (key === undefined || field === undefined || (negated !== undefined && field.kind !== "boolean")) continue;
    const where = `--${token.name}`;
    const text = field.kind === "boolean" ? (token.value ?? String(negated === undefined)) : ownValue(token);
    const earlier = given.get(key)?.text;
    const joined = field.kind === "list" && earlier !== undefined && text !== undefined ? `${earlier},${text}` : text;
    given.set(key, { text: joined, where });
  }
  return given;
}

function tokensOf(fields: SettingFields, argv: readonly string[]) {
  const options: Record<string, { type: "boolean" | "string" }> = {};
  for (const { flag, kind } of Object.values(fields)) {
    if (flag !== undefined) options[flag] = { type: kind === "boolean" ? "boolean" : "string" };
  }
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

/** `--port --verbose` gives no port: what looks like the next flag is a value only behind an equals sign. */
function ownValue(token: { value: string | undefined; inlineValue: boolean | undefined }): string | undefined {
  return token.inlineValue !== true && token.value?.startsWith("--") ? undefined : token.value;
}
