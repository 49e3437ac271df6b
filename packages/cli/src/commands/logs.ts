import type { SkylarkError } from "@skylark/core";
import { systemClock } from "@skylark/core/internal";
import type { LogLine, LogPage } from "@skylark/logs";
import type { Command } from "commander";
import type { CommandContext } from "../context.js";
import { exitCodes } from "../failure.js";
import { InTimeOrder } from "../logs/in-time-order.js";
import { logPages } from "../logs/log-pages.js";
import { LogText } from "../logs/log-text.js";
import { addLogOptions, type LogOptions, logQuery } from "../options/log-options.js";
import { jsonLine } from "../output/json.js";
import type { Terminal } from "../output/terminal.js";
import type { Sky } from "../sky.js";

export function logs(sky: Sky): Command {
  return sky.command<LogOptions>(
    {
      usage: "logs [text]",
      summary: "Print what the processes of a system say, from its log service",
      examples: [
        ["sky logs", "the newest hundred lines"],
        ["sky logs -f --service grading", "the newest of one service, then what is new"],
        ["sky logs --since 1h --level warn", "what went wrong in the last hour"],
        ["sky logs --request 7d0ck4", "what one request led to, in every process"],
        ["sky logs timeout --json | jq .message", "with a text in it, for a script"],
      ],
      options: addLogOptions,
    },
    async (context, [text], options) => {
      const system = await context.system();
      const signal = context.terminal.interruption();
      const { timeoutMs } = context.settings;
      const print = new LogPrint(context);
      const query = logQuery(options, text);
      const away = (why: SkylarkError | undefined): void => print.away(why);
      for await (const page of logPages(system, query, { timeoutMs, signal, away })) {
        print.page(page);
        await read(context.terminal);
      }
      print.rest();
      if (signal.aborted) return exitCodes.interrupted;
      if (print.lines > 0) return undefined;
      context.remark("no line of the log fits");
      return exitCodes.nothingFound;
    },
  );
}

/** What is printed of one run. */
class LogPrint {
  lines = 0;
  readonly #context: CommandContext;
  readonly #text: LogText;
  readonly #past = new InTimeOrder();
  #tense: "past" | "present" = "past";

  constructor(context: CommandContext) {
    this.#context = context;
    this.#text = new LogText(context.terminal.colours, new Date());
  }

  /** The past comes in the order of time, what is new as it comes. */
  page({ lines, missed, unreadable, caughtUp }: LogPage): void {
    if (missed > 0) this.#gap({ missed }, `${counted(missed)} deleted before they were read`);
    if (unreadable > 0) this.#gap({ unreadable }, `${counted(unreadable)} damaged, and passed over`);
    this.#print(this.#past.add(lines));
    if (caughtUp) this.#tense = "present";
    if (this.#tense === "present") this.rest();
  }

  rest(): void {
    this.#print(this.#past.rest());
  }

  away(why: SkylarkError | undefined): void {
    this.#context.remark(why ? `the log service is away, waiting for it: ${why.message}` : "the log service is back");
  }

  #print(lines: readonly LogLine[]): void {
    const { terminal, json } = this.#context;
    this.lines += lines.length;
    if (lines.length > 0) terminal.out(lines.map((line) => (json ? jsonLine(line) : this.#text.line(line))).join(""));
  }

  /** A script shall not take half of it for all. */
  #gap(shape: object, words: string): void {
    this.rest();
    if (this.#context.json) this.#context.terminal.out(jsonLine(shape));
    else this.#context.remark(words);
  }
}

function counted(lines: number): string {
  return lines === 1 ? "1 line was" : `${lines} lines were`;
}

/** Until the reader of a pipe has taken most of it: what waits must not grow without end. */
async function read(terminal: Terminal): Promise<void> {
  while (terminal.unread() > unreadBytesMax) {
    await new Promise<void>((resolve) => void systemClock.after(unreadCheckMs, resolve, true));
  }
}

const unreadBytesMax = 1024 * 1024;
const unreadCheckMs = 10;
