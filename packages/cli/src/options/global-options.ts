import { resolve } from "node:path";
import { SkylarkError } from "@skylark/core";
import { type Command, Option } from "commander";
import { defineSettings, type LogLevel, loadSettings } from "skylark";
import { durationMsOf, runtimeSettings } from "skylark/internal";
import { UsageError } from "../failure.js";

/** What every command understands. Left out: what the settings say. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly coordination?: string;
  readonly cluster?: string;
  readonly home?: string;
  readonly timeout?: number;
}

/** Where a command looks, and how long it takes at most. */
export interface SystemSettings {
  readonly coordination: string;
  readonly cluster: string;
  readonly home: string | undefined;
  /** For each step: reaching the store, and what is then asked. */
  readonly timeoutMs: number;
  /** Undefined: the framework's own words are not shown. */
  readonly logLevel: LogLevel | undefined;
}

export function addGlobalOptions(command: Command): Command {
  return command
    .addOption(new Option("--json", "print JSON, as docs/reference/cli.md describes it").helpGroup(group))
    .addOption(new Option("--coordination <url>", "where services are registered").helpGroup(group))
    .addOption(new Option("--cluster <name>", "which environment").helpGroup(group))
    .addOption(new Option("--home <folder>", "the folder of the embedded store").helpGroup(group))
    .addHelpOption(new Option("-h, --help", "show this").helpGroup(group))
    .addOption(
      new Option("--timeout <time>", "how long to try, such as 500ms or 2s").argParser(durationMs).helpGroup(group),
    );
}

const group = "Options of every command:";

const { coordination, cluster, home, timeoutMs: timeout, logLevel } = runtimeSettings.fields;

/** The runtime's settings that a tool has use for, under flags that are shorter: here they cannot collide with a program's. */
const toolSettings = defineSettings({
  coordination: { ...coordination, flag: "coordination" },
  cluster: { ...cluster, flag: "cluster" },
  home: { ...home, flag: "home" },
  timeoutMs: timeout,
  logLevel,
});

/** Flags over environment over the settings file over defaults, as for any program. A wrong one is a usage error. */
export function systemSettings(
  options: GlobalOptions,
  env: Readonly<Record<string, string | undefined>>,
  folder = process.cwd(),
): SystemSettings {
  const flags = (["coordination", "cluster", "home"] as const).flatMap((name) =>
    options[name] === undefined ? [] : [`--${name}=${options[name]}`],
  );
  try {
    const { values, origins } = loadSettings(toolSettings, { argv: flags, env, folder });
    return {
      ...values,
      home: values.home === undefined ? undefined : resolve(folder, values.home),
      timeoutMs: options.timeout ?? values.timeoutMs,
      logLevel: origins.logLevel.from === "default" ? undefined : values.logLevel,
    };
  } catch (thrown) {
    const error = SkylarkError.from(thrown);
    throw error.reason === "SETTING" ? new UsageError(error.message, error) : error;
  }
}

export function durationMs(text: string): number {
  const ms = durationMsOf(text);
  if (ms !== undefined && ms >= 1 && ms <= longestMs) return ms;
  throw new UsageError(`"${text}" is no time: write 500ms, 2s or 1m, at most 24h`);
}

const longestMs = 86_400_000;
