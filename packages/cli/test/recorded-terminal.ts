import { createColors } from "picocolors";
import type { Terminal } from "../src/output/terminal.js";

/** A terminal that keeps what it is told. */
export interface RecordedTerminal extends Terminal {
  /** What results came to. */
  readonly result: () => string;
  /** Errors and remarks. */
  readonly remarks: () => string;
}

export function recordedTerminal(
  options: Partial<Pick<Terminal, "columns" | "rows" | "env" | "interruption" | "ask">> = {},
): RecordedTerminal {
  const out: string[] = [];
  const err: string[] = [];
  return {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    result: () => out.join(""),
    remarks: () => err.join(""),
    columns: options.columns,
    rows: options.rows,
    colours: createColors(false),
    env: options.env ?? {},
    interruption: options.interruption ?? (() => new AbortController().signal),
    ask: options.ask ?? (async () => undefined),
    onEnding: () => {},
    onKey: () => () => {},
    unread: () => 0,
    caughtUp: async () => {},
  };
}
