import { Console } from "node:console";
import { inspect } from "node:util";
import type { Log, LogLevel } from "@skylark/core";

const ranks: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** The framework's words as lines on standard error, from this level on. A standard error that nobody reads is no reason to fail. */
export function consoleLog(least: LogLevel, name: () => string): Log {
  const output = new Console({ stdout: process.stderr }); // unlike the stream itself it does not throw when the reader is gone
  return (level, message, fields) => {
    if (ranks[level] < ranks[least]) return;
    const time = new Date().toISOString().slice(11, 23);
    const more = fields && Object.keys(fields).length > 0 ? ` ${inLine(fields)}` : "";
    output.log("%s", `${time} ${level.padEnd(5)} ${name()}: ${oneLine(message)}${more}`);
  };
}

/** What peers say must not look like lines of our own, or steer a terminal. */
function oneLine(message: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is to be replaced
  return message.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
}

function inLine(fields: Record<string, unknown>): string {
  try {
    return oneLine(JSON.stringify(fields));
  } catch {
    return oneLine(inspect(fields, { breakLength: Number.POSITIVE_INFINITY })); // a bigint, a circle
  }
}
