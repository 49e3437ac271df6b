import { inspect } from "node:util";
import { nearestName } from "@skylark/core/internal";
import type { SettingFields, SettingsDefinition, SettingValues } from "./definition.js";
import { runtimeSettings } from "./runtime-settings.js";
import type { Reading, Setting } from "./setting.js";
import { type GivenFlag, settingFlags } from "./setting-flags.js";
import { type SettingProblem, settingError } from "./setting-problem.js";
import { readSettingsFile, type SettingsFile, type SettingsSection } from "./settings-file.js";

/** Where a value came from. A later source wins over an earlier one. */
export const settingSources = ["default", "file", "environment", "flag", "code"] as const;

export type SettingSource = (typeof settingSources)[number];

export interface SettingOrigin {
  /** The value as it may be shown: a secret is `••••`. */
  readonly value: unknown;
  readonly from: SettingSource;
  /** More exactly: `SKYLARK_PORT`, `--port`, `skylark.config.json#services.grading.port`, or the source again. */
  readonly where: string;
}

export interface LoadedSettings<F extends SettingFields = SettingFields> {
  readonly definition: SettingsDefinition<F>;
  readonly values: SettingValues<F>;
  readonly origins: { readonly [K in keyof F]: SettingOrigin };
}

export interface LoadSettingsOptions<F extends SettingFields> {
  /** Whose section of the file holds, besides `general`. Default: none but `general`. */
  readonly service?: string | undefined;
  /** Whose section `service@version` holds as well. */
  readonly version?: string | undefined;
  /** The settings file, which must exist then. Default: what `SKYLARK_CONFIG` names, else `skylark.config.json` if it is there. */
  readonly file?: string | undefined;
  /** Where a relative file is looked for. Default: the working folder. */
  readonly folder?: string;
  /** Default: `process.env`. A variable that is empty counts as not set. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: `process.argv` behind the script. Flags that are no settings are left alone. */
  readonly argv?: readonly string[];
  /** What the program itself says; wins over everything. A key that is undefined says nothing. */
  readonly code?: { readonly [K in keyof F]?: SettingValues<F>[K] | undefined };
  /** Whose keys may stand in the same sections of the file. Default: the framework's own settings. */
  readonly alongside?: readonly SettingsDefinition[];
  /**
   * Keys of the file that nobody here knows: all refused, or only those that look like a known one misspelt, since the others
   * may belong to a definition that is loaded elsewhere. Default: all.
   */
  readonly refuseUnknown?: "all" | "lookalikes";
}

/**
 * The settings that hold, from all sources. Later wins: default, file (`general`, the service's section, that of the service
 * in its version), environment, flag, code.
 *
 * Every value given is checked, also one that a later source overrides. Fails `invalid_argument` with reason `SETTING` and
 * names all wrong and missing values, and all keys of the file that nobody knows, at once.
 */
export function loadSettings<F extends SettingFields>(
  definition: SettingsDefinition<F>,
  options: LoadSettingsOptions<F> = {},
): LoadedSettings<F> {
  const { service, version, file, env = process.env, argv = process.argv.slice(2) } = options;
  const settingsFile = readSettingsFile({ file, folder: options.folder ?? process.cwd(), env, service, version });
  const sources: Sources = {
    sections: settingsFile.sections,
    env,
    flags: settingFlags(definition.fields, argv),
    code: options.code ?? {},
  };
  const known = [definition, ...(options.alongside ?? [runtimeSettings])];
  const problems: SettingProblem[] = [
    ...settingsFile.problems,
    ...unknownKeys(settingsFile, known, options.refuseUnknown ?? "all"),
  ];
  const values: Record<string, unknown> = {};
  const origins: Record<string, SettingOrigin> = {};
  for (const [key, setting] of Object.entries(definition.fields)) {
    const found = settle(key, setting, sources, problems);
    if (found === undefined) continue;
    values[key] = found.value;
    origins[key] = { ...found, value: shown(setting, found.value) };
  }
  if (problems.length > 0) throw settingError(problems);
  return { definition, values, origins } as LoadedSettings<F>;
}

interface Sources {
  readonly sections: readonly SettingsSection[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: ReadonlyMap<string, GivenFlag>;
  readonly code: Readonly<Record<string, unknown>>;
}

/** What one source says of one setting. */
interface Offer {
  readonly from: SettingSource;
  readonly where: string;
  readonly raw: unknown;
  readonly reading: Reading<unknown>;
}

/** The value that wins, all others checked on the way; undefined where something is wrong with it. */
function settle(
  key: string,
  setting: Setting<unknown>,
  sources: Sources,
  problems: SettingProblem[],
): SettingOrigin | undefined {
  const offers = offersOf(key, setting, sources);
  for (const { reading, raw, from, where } of offers) {
    if (reading.kind === "value") continue;
    const said = raw === undefined ? "without a value" : `as ${inWords(shown(setting, raw))}`;
    const source = from === where ? from : `${from} ${where}`;
    problems.push({ key, message: `setting "${key}" is given ${said} by ${source}: allowed is ${reading.allowed}` });
  }
  const last = offers.at(-1);
  if (last?.reading.kind === "value") return { value: last.reading.value, from: last.from, where: last.where };
  if (last) return undefined;
  const { fallback } = setting;
  if (fallback.kind === "default") return { value: fallback.value, from: "default", where: "default" };
  if (fallback.kind === "optional") return { value: undefined, from: "default", where: "default" };
  problems.push({
    key,
    message: `setting "${key}" is missing: give it by ${waysIn(key, setting)}; allowed is ${setting.allowed}`,
  });
  return undefined;
}

/** What the sources say, the one that wins last. */
function offersOf(key: string, setting: Setting<unknown>, { sections, env, flags, code }: Sources): Offer[] {
  const offers: Offer[] = [];
  for (const { where, entries } of sections) {
    if (!Object.hasOwn(entries, key)) continue;
    const raw = entries[key];
    offers.push({ from: "file", where: `${where}.${key}`, raw, reading: setting.readValue(raw) });
  }
  const text = setting.env === undefined ? undefined : env[setting.env];
  if (setting.env !== undefined && text !== undefined && text !== "") {
    offers.push({ from: "environment", where: setting.env, raw: text, reading: setting.readText(text) });
  }
  const flag = flags.get(key);
  if (flag) {
    const refused: Reading<unknown> = { kind: "refused", allowed: setting.allowed };
    const reading = flag.text === undefined ? refused : setting.readText(flag.text);
    offers.push({ from: "flag", where: flag.where, raw: flag.text, reading });
  }
  const own = Object.hasOwn(code, key) ? code[key] : undefined;
  if (own !== undefined) offers.push({ from: "code", where: "code", raw: own, reading: setting.readValue(own) });
  return offers;
}

function waysIn(key: string, { env, flag }: Setting<unknown>): string {
  const ways = [env && `the variable ${env}`, flag && `the flag --${flag}`, `"${key}" in the settings file`, "code"];
  return ways.filter(Boolean).join(", ");
}

/** As it was written, as far as an error should quote it. */
function inWords(value: unknown): string {
  const text =
    typeof value === "string"
      ? JSON.stringify(value)
      : inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function shown(setting: Setting<unknown>, value: unknown): unknown {
  return setting.kind === "secret" && value !== undefined ? "••••" : value;
}

function unknownKeys(
  file: SettingsFile,
  known: readonly SettingsDefinition[],
  refused: "all" | "lookalikes",
): SettingProblem[] {
  const names = new Set(known.flatMap((each) => Object.keys(each.fields)));
  return file.sections.flatMap(({ where, entries }) =>
    Object.keys(entries)
      .filter((key) => !names.has(key))
      .map((key) => ({ key, near: nearestName(key, names) }))
      .filter(({ near }) => refused === "all" || near !== undefined)
      .map(({ key, near }) => {
        const advice = near ? `did you mean "${near}"?` : "take it out, or define it";
        return { key, message: `${where}.${key} is not a setting: ${advice}` };
      }),
  );
}
