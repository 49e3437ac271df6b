import { type LineLevel, type LogQuery, lineLevels } from "@skylark/logs";
import { type Command, Option } from "commander";
import { durationMsOf } from "skylark/internal";
import { UsageError } from "../failure.js";

export interface LogOptions {
  readonly follow?: boolean;
  readonly service?: string;
  readonly instance?: string;
  readonly level?: LineLevel;
  readonly request?: string;
  /** ISO 8601. */
  readonly since?: string;
  readonly last?: number;
}

export function addLogOptions(command: Command): Command {
  return command
    .addOption(new Option("-f, --follow", "then print what is new, until Ctrl-C"))
    .addOption(new Option("--service <name>", "of this service or process").helpGroup(group))
    .addOption(new Option("--instance <id>", "of the instance whose id begins so").helpGroup(group))
    .addOption(
      new Option("--level <level>", `this grave or graver: ${lineLevels.join(", ")}`)
        .argParser(lineLevel)
        .helpGroup(group),
    )
    .addOption(new Option("--request <id>", "written while this request was served").helpGroup(group))
    .addOption(
      new Option("--since <time>", "from then on: 90s, 15m, 1h, 2d ago, or a date such as 2026-11-20T10:00")
        .argParser(instant)
        .helpGroup(group),
    )
    .addOption(new Option("--last <n>", "only the newest so many").argParser(count).helpGroup(group));
}

const group = "Which lines:";

/** Without a word on which lines, the newest hundred: a log may hold millions. */
const defaultLast = 100;

/** What is asked of the log service. */
export function logQuery({ service, ...options }: LogOptions, text: string | undefined): LogQuery {
  const { since, request, last = since === undefined && request === undefined ? defaultLast : undefined } = options;
  return { ...options, origin: service, text, last };
}

function lineLevel(text: string): LineLevel {
  const level = lineLevels.find((each) => each === text.toLowerCase());
  if (level) return level;
  throw new UsageError(`"${text}" is no level: ${lineLevels.join(", ")}`);
}

function count(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`"${text}" is no number of lines`);
}

function instant(text: string): string {
  return instantOf(text, Date.now());
}

/** So long ago, or a date: the ISO 8601 text of it. */
export function instantOf(text: string, now: number): string {
  const days = /^(\d{1,5})d$/i.exec(text)?.[1];
  const agoMs = days === undefined ? durationMsOf(text) : Number(days) * msPerDay;
  const at = agoMs === undefined ? dateOf(text) : now - agoMs;
  if (Number.isFinite(at) && Math.abs(at) <= latestMs) return new Date(at).toISOString();
  throw new UsageError(`"${text}" is no time: write 15m, 1h or 2d for so long ago, or a date such as 2026-11-20T10:00`);
}

function dateOf(text: string): number {
  return /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
}

const msPerDay = 86_400_000;
/** As far as dates go. */
const latestMs = 8.64e15;
