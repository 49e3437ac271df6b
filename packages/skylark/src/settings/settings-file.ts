import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { nearestName } from "@skylark/core/internal";
import { jsonFault } from "./json-fault.js";
import { type SettingProblem, settingError } from "./setting-problem.js";

/** A part of the settings file that holds for the program at hand. */
export interface SettingsSection {
  /** Where its entries stand: `skylark.config.json#services.grading`. */
  readonly where: string;
  readonly entries: Readonly<Record<string, unknown>>;
}

export interface SettingsFile {
  /** From the most general to the most particular: the later wins. */
  readonly sections: readonly SettingsSection[];
  readonly problems: readonly SettingProblem[];
}

export interface SettingsFileOptions {
  /** The file; must exist. Default: what `SKYLARK_CONFIG` names, else `skylark.config.json` if it is there. */
  readonly file: string | undefined;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly service: string | undefined;
  readonly version: string | undefined;
}

const settingsFileName = "skylark.config.json";

const bytesMax = 4 * 1024 * 1024;

/**
 * Reads the sections that hold for a service in a version. Fails at once where the file cannot be read or is no JSON; what
 * is merely wrong in it comes back as problems, to be told together with the others.
 */
export function readSettingsFile(options: SettingsFileOptions): SettingsFile {
  const fromEnv = options.env["SKYLARK_CONFIG"] || undefined;
  const name = options.file ?? fromEnv ?? settingsFileName;
  const text = readText(name, options, fromEnv);
  if (text === undefined) return { sections: [], problems: [] };
  const problems: SettingProblem[] = [];
  const root = objectAt(parse(name, text), name, name, problems);
  refuseOthers(root, ["general", "services", "$schema"], name, problems);
  const services = objectAt(root["services"], `${name}#services`, name, problems);
  const sections: SettingsSection[] = [];
  const add = (parent: Readonly<Record<string, unknown>>, key: string, path: string): void => {
    const where = `${name}#${path}`;
    if (Object.hasOwn(parent, key)) sections.push({ where, entries: objectAt(parent[key], where, name, problems) });
  };
  add(root, "general", "general");
  const { service, version } = options;
  if (service !== undefined) add(services, service, `services.${service}`);
  if (service !== undefined && version !== undefined) {
    add(services, `${service}@${version}`, `services.${service}@${version}`);
  }
  return { sections, problems };
}

function readText(
  name: string,
  { file, folder }: SettingsFileOptions,
  fromEnv: string | undefined,
): string | undefined {
  const path = resolve(folder, name);
  try {
    const bytes = readFileSync(path);
    if (bytes.length <= bytesMax) return bytes.toString("utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    const named = file !== undefined || fromEnv !== undefined;
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (missing && !named) return undefined;
    const who = file === undefined && fromEnv !== undefined ? ", which SKYLARK_CONFIG names," : "";
    const message = `the settings file ${path}${who} ${missing ? "does not exist" : `cannot be read: ${String(error)}`}`;
    throw settingError([{ key: name, message }], error);
  }
  throw settingError([{ key: name, message: `the settings file ${path} is larger than ${bytesMax} bytes` }]);
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // its own words may quote the file, secrets included
    const { line, column } = jsonFault(text) ?? { line: 1, column: 1 };
    const message = `${name} is not JSON: line ${line}, column ${column} cannot stand there`;
    throw settingError([{ key: name, message }]);
  }
}

function objectAt(
  value: unknown,
  where: string,
  name: string,
  problems: SettingProblem[],
): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  problems.push({ key: name, message: `${where} is ${JSON.stringify(value)?.slice(0, 40)}: an object belongs there` });
  return {};
}

function refuseOthers(
  root: Readonly<Record<string, unknown>>,
  known: readonly string[],
  name: string,
  problems: SettingProblem[],
): void {
  for (const key of Object.keys(root)) {
    if (known.includes(key)) continue;
    const near = nearestName(key, known);
    const advice = near
      ? `did you mean "${near}"?`
      : `settings stand in "general" or in a service's part of "services"`;
    problems.push({ key, message: `${name}#${key} is no section: ${advice}` });
  }
}
