import type { LogLevel } from "@skylark/core";
import type { Ending } from "./running-process.js";

/** What happens while a system runs; printed in this shape, with the time as `at`, by `sky up --json`. */
export type UpEvent =
  /** Once, first: all that will be started, in this order. */
  | { readonly kind: "starting"; readonly system: string; readonly processes: readonly string[] }
  /** It is optional, and cannot run here. */
  | { readonly kind: "leftOut"; readonly process: string; readonly why: string; readonly missing: string }
  | { readonly kind: "launched"; readonly process: string }
  /** What it still waits for, after `ms`. */
  | { readonly kind: "waiting"; readonly process: string; readonly for: string; readonly ms: number }
  /** `again`: it had died. */
  | {
      readonly kind: "ready";
      readonly process: string;
      readonly pid: number | null;
      readonly address: string | null;
      readonly ms: number;
      readonly again: boolean;
    }
  | { readonly kind: "opened"; readonly lines: readonly string[] }
  /** A line that it printed. */
  | { readonly kind: "output"; readonly process: string; readonly line: string }
  /** It did not become ready; its last lines. */
  | { readonly kind: "notReady"; readonly process: string; readonly why: string; readonly lines: readonly string[] }
  /** It ended by itself; `restartInMs` is null where it is not started again: `why` then says why not. */
  | {
      readonly kind: "died";
      readonly process: string;
      readonly ending: Ending;
      readonly restartInMs: number | null;
      readonly why: string | null;
    }
  /** It was asked to end, by a signal or because nobody reads what it says. */
  | { readonly kind: "asked"; readonly by: string }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "leaving"; readonly process: string }
  /** It did not leave in time, and is ended. */
  | { readonly kind: "late"; readonly process: string; readonly afterMs: number }
  | { readonly kind: "left"; readonly process: string; readonly ending: Ending }
  /** The last of all. */
  | { readonly kind: "ended"; readonly orderly: boolean }
  /** The framework's own words. */
  | { readonly kind: "log"; readonly level: LogLevel; readonly message: string };

export type TellUp = (event: UpEvent) => void;
