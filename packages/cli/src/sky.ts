import { Command } from "commander";
import { CommandContext } from "./context.js";
import { type ExitCode, exitCodes } from "./failure.js";
import { addGlobalOptions, type GlobalOptions } from "./options/global-options.js";
import type { Terminal } from "./output/terminal.js";

export interface CommandWords {
  /** `call <method> [arguments...]`. */
  readonly usage: string;
  readonly summary: string;
  /** Each a command line and what it does; shown by `--help`. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** Adds the options that are its own. */
  readonly options?: (command: Command) => Command;
}

/** Does the command's work. An exit code left out is `ok`. */
export type CommandRun<Options> = (
  context: CommandContext,
  args: readonly string[],
  options: Options,
) => Promise<ExitCode | undefined>;

/** One run of `sky`: what its commands are made with, and what came out. */
export class Sky {
  readonly #terminal: Terminal;
  exitCode: ExitCode = exitCodes.ok;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  command<Options extends object>(
    { usage, summary, examples, options }: CommandWords,
    run: CommandRun<Options>,
  ): Command {
    const command = new Command(usage.split(" ")[0]).summary(summary).description(`${summary}.`);
    for (const argument of usage.split(" ").slice(1)) command.argument(argument);
    return addGlobalOptions(options?.(command) ?? command)
      .addHelpText("after", examplesText(examples))
      .action(async () => {
        const given = givenTo(command) as GlobalOptions & Options;
        await using context = new CommandContext(this.#terminal, given);
        this.exitCode = (await run(context, command.args, given)) ?? exitCodes.ok;
      });
  }
}

/** What stands behind the command wins over what stands before it. */
function givenTo(command: Command): object {
  const before = command.parent ? givenTo(command.parent) : {};
  return { ...before, ...command.opts() };
}

export function examplesText(examples: CommandWords["examples"]): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`);
  return `\nExamples:\n${lines.join("\n")}`;
}
