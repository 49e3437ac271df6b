export { type ExitCode, exitCodes } from "./failure.js";
export type { Colours, Terminal } from "./output/terminal.js";
export { run } from "./run.js";
