export { type RuntimeSettings, runtimeSettings } from "./settings/runtime-settings.js";
