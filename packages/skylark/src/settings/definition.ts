import { SkylarkError } from "@skylark/core";
import type { Setting } from "./setting.js";

export type SettingFields = Readonly<Record<string, Setting<unknown>>>;

/** The settings of a program, or of the framework, each under its key. */
export interface SettingsDefinition<F extends SettingFields = SettingFields> {
  readonly fields: F;
}

/** The values that a definition gives. */
export type SettingValues<F extends SettingFields> = {
  readonly [K in keyof F]: F[K] extends Setting<infer T> ? T : never;
};

/**
 * Names a program's own settings. Fails `invalid_argument` when two of them read the same variable or flag, or a name
 * cannot be one.
 *
 * @example
 * const definition = defineSettings({
 *   pageSize: setting.integer({ default: 20, min: 1, env: "PORTAL_PAGE_SIZE", flag: "page-size", describe: "Rows on a page." }),
 * });
 * const { values } = loadSettings(definition, { service: "portal" }); // values.pageSize: number
 */
export function defineSettings<const F extends SettingFields>(fields: F): SettingsDefinition<F> {
  const takenBy = new Map<string, string>();
  for (const [key, { env, flag }] of Object.entries(fields)) {
    if (!/^[A-Za-z][A-Za-z0-9]*$/.test(key))
      refuse(`a setting cannot be called "${key}": letters and digits make its key`);
    if (env === "") refuse(`setting "${key}" cannot be read from an environment variable without a name`);
    if (flag !== undefined && !/^[a-z][a-z0-9-]*$/.test(flag)) {
      refuse(
        `setting "${key}" cannot have the flag "${flag}": small letters, digits and dashes make it, without leading dashes`,
      );
    }
    for (const source of [env, flag && `--${flag}`]) {
      if (source === undefined) continue;
      const other = takenBy.get(source);
      if (other !== undefined) refuse(`settings "${other}" and "${key}" cannot both be read from ${source}`);
      takenBy.set(source, key);
    }
  }
  return { fields };
}

function refuse(message: string): never {
  throw new SkylarkError("invalid_argument", message, { reason: "SETTING" });
}
