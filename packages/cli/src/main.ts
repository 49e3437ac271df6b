import { processTerminal } from "./output/terminal.js";
import { run } from "./run.js";

/** The `sky` command. It ends when its work has: nothing that is still open keeps it. */
const exitCode = await run(process.argv.slice(2), processTerminal());
process.stdout.write("", () => process.stderr.write("", () => process.exit(exitCode)));
