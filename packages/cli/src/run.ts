import { SkylarkError } from "@skylark/core";
import { type Command, CommanderError } from "commander";
import { type ExitCode, exitCodeOf, exitCodes, UsageError } from "./failure.js";
import { errorJson, errorLine } from "./output/error.js";
import type { Terminal } from "./output/terminal.js";
import { program } from "./program.js";
import { Sky } from "./sky.js";

/** Runs one command line, without the words `node sky`; answers with the exit code. What fails is told on `terminal`. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const sky = new Sky(terminal);
  const root = program(sky);
  connectTerminal(root, terminal);
  try {
    if (argv.length === 0) throw new UsageError('name a command; "sky --help" lists them');
    await root.parseAsync([...argv], { from: "user" });
    return sky.exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return exitCodes.ok; // help, version
    const error = thrown instanceof CommanderError ? usageError(thrown) : SkylarkError.from(thrown, "internal");
    terminal.err(wantsJson(argv) ? errorJson(error) : errorLine(error));
    return exitCodeOf(error);
  }
}

/** Before the line is parsed: it may be what is wrong. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).includes("--json");
}

/** Errors are told in one place, above; the rest of what commander says is help. */
function connectTerminal(command: Command, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: terminal.out,
    writeErr: terminal.err,
    outputError: () => {},
    getOutHelpWidth: () => terminal.columns ?? helpWidth,
    getOutHasColors: () => false,
  });
  for (const each of command.commands) connectTerminal(each, terminal);
  command.configureHelp({ subcommandTerm: (each) => `${each.name()} ${each.usage().replace("[options]", "").trim()}` });
}

const helpWidth = 100;

function usageError({ message }: CommanderError): UsageError {
  const [problem = "", advice = ""] = message.replace(/^error: /, "").split("\n");
  return new UsageError(`${problem}${advice ? ` ${advice}` : ""}; "sky help <command>" says more`);
}
