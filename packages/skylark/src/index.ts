export {
  defineSettings,
  type SettingFields,
  type SettingsDefinition,
  type SettingValues,
} from "./settings/definition.js";
export {
  type LoadedSettings,
  type LoadSettingsOptions,
  loadSettings,
  type SettingOrigin,
  type SettingSource,
} from "./settings/loaded-settings.js";
export type { Fallback, Given, Reading, Setting, SettingKind, SettingOptions } from "./settings/setting.js";
export { type NumberSettingOptions, type StringSettingOptions, setting } from "./settings/setting-kinds.js";
