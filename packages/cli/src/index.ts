export { type ExitCode, exitCodes } from "./failure.js";
export type { Colours, Terminal } from "./output/terminal.js";
export { run } from "./run.js";
export {
  defineSystem,
  type Environment,
  type OpenedProcess,
  type OpenedSystem,
  type PortDefinition,
  type ProcessDefinition,
  type ReadyDefinition,
  type SystemDefinition,
} from "./up/system-definition.js";
