import { format } from "node:util";
import type { LineLevel } from "../line/level.js";

/** Where captured words go. Must not fail. */
export type Written = (level: LineLevel, message: string) => void;

export interface CaptureOptions {
  /** Whether what is captured is still printed. */
  readonly echo: boolean;
}

/** In this order: a trace is printed by way of `error`, and shall not be heard twice. */
const levels = { trace: "trace", log: "info", info: "info", warn: "warn", error: "error", debug: "debug" } as const;

type Said = (...words: unknown[]) => void;
type Speaker = Record<keyof typeof levels, Said>;

/**
 * Listens to a console, the process's own or another. What it prints by way of these six, as `table`, `assert` and `count` do,
 * is heard; `dir` is not. Returns what leaves the console as it was.
 */
export function captureConsole(console: Speaker, written: Written, options: CaptureOptions): () => void {
  const released = (Object.keys(levels) as (keyof typeof levels)[]).map((name) =>
    captureMethod(console, name, written, options),
  );
  return () => {
    for (const release of released) release();
  };
}

function captureMethod(
  console: Speaker,
  name: keyof typeof levels,
  written: Written,
  { echo }: CaptureOptions,
): () => void {
  const before = Object.getOwnPropertyDescriptor(console, name);
  const original = console[name];
  const { error } = console;
  let heard: Written | undefined = written;
  const replacement: Said = (...words) => {
    if (!heard) return original.apply(console, words);
    const text = name === "trace" ? traceText(words, replacement) : textOf(words);
    heard(levels[name], text);
    if (!echo) return;
    if (name === "trace")
      error.call(console, text); // the original would count this function to the stack
    else original.apply(console, words);
  };
  Object.defineProperty(console, name, { configurable: true, enumerable: true, writable: true, value: replacement });
  return () => {
    heard = undefined;
    if (console[name] !== replacement) return; // another stands above it by now, and calls it: it only passes on
    if (before) Object.defineProperty(console, name, before);
    else Reflect.deleteProperty(console, name);
  };
}

/** As `console` would print it. What cannot be formatted fails where it is printed, as it always did. */
function textOf(words: readonly unknown[]): string {
  try {
    return format(...words);
  } catch {
    return "(words that cannot be formatted)";
  }
}

function traceText(words: readonly unknown[], above: Said): string {
  const trace = { name: "Trace", message: textOf(words), stack: "" };
  Error.captureStackTrace(trace, above);
  return trace.stack;
}
