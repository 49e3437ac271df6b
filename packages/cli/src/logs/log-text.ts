import type { LineFields, LineLevel, LogLine } from "@skylark/logs";
import type { Colours } from "../output/terminal.js";

/** How lines look, one below the other: `12:00:01.123  warn   grading  took long  ms=31 request=r-4711`. */
export class LogText {
  readonly #colours: Colours;
  readonly #today: string;
  /** The longest name so far: columns widen as names come, and never narrow. */
  #originWidth = 0;

  constructor(colours: Colours, today: Date) {
    this.#colours = colours;
    this.#today = dayOf(today);
  }

  line(line: LogLine): string {
    const { bold, dim, cyan } = this.#colours;
    const origin = visible(line.origin).slice(0, originLettersMax);
    this.#originWidth = Math.max(this.#originWidth, origin.length);
    const [first = "", ...others] = line.message.split(/\r?\n/).map(visible);
    const { words, below } = detailsOf(line);
    const head = [
      dim(this.#time(new Date(line.time))),
      this.#paint(line.level.padEnd(5), line.level),
      cyan(origin.padEnd(this.#originWidth)),
      line.level === "fatal" ? bold(first) : first,
      ...(words.length > 0 ? [dim(words.join(" "))] : []),
    ];
    const rest = [...others, ...below].map((each) => `    ${each}\n`);
    return `${head.join("  ").trimEnd()}\n${rest.join("")}`;
  }

  /** The day as well, where it is another than today. */
  #time(at: Date): string {
    if (Number.isNaN(at.getTime())) return "at no time  ";
    const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
    const day = dayOf(at);
    return day === this.#today ? time : `${day} ${time}`;
  }

  #paint(text: string, level: LineLevel): string {
    const { dim, green, yellow, red, magenta } = this.#colours;
    const paint = { trace: dim, debug: dim, info: green, warn: yellow, error: red, fatal: magenta }[level];
    return paint(text);
  }
}

const originLettersMax = 24;

function dayOf(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}

/** What stands behind the message: fields in one line, and the stack of an error below it. */
function detailsOf({ fields = {}, request }: LogLine): { words: readonly string[]; below: readonly string[] } {
  const words: string[] = [];
  const below: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const stack = stackOf(value);
    if (stack === undefined) words.push(`${visible(name)}=${wordOf(value)}`);
    else below.push(...stack.split(/\r?\n/).map(visible));
  }
  if (request !== undefined) words.push(`request=${wordOf(request)}`);
  return { words, below };
}

function stackOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { stack } = value as LineFields;
  return typeof stack === "string" ? stack : undefined;
}

function wordOf(value: unknown): string {
  const text = typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return visible(text);
}

/**
 * What others wrote must not steer the terminal, nor be read in another order than it stands: control characters and those that
 * turn the direction of writing are shown as `\x1b`, `\u202e`.
 */
export function visible(text: string): string {
  return text.replaceAll(unseen, (letter) => {
    if (letter === "\t") return "  ";
    const code = letter.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const unseen = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
