import { systemClock } from "@skylark/core/internal";
import { Option } from "commander";
import { durationMs } from "../options/global-options.js";
import type { Terminal } from "../output/terminal.js";

export function forOption(): Option {
  return new Option("--for <time>", "end after so long, such as 1m").argParser(durationMs);
}

/** Ctrl-C, or the end of the time that was asked for. */
export function endOf(terminal: Pick<Terminal, "interruption">, forMs: number | undefined): AbortSignal {
  const interrupted = terminal.interruption();
  if (forMs === undefined) return interrupted;
  const over = new AbortController();
  const timer = systemClock.after(forMs, () => over.abort(), true);
  interrupted.addEventListener("abort", () => timer.cancel(), { once: true });
  return AbortSignal.any([interrupted, over.signal]);
}
