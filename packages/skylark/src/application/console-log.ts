import type { Log, LogLevel } from "@skylark/core";

const ranks: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** The framework's words as lines on standard error, from this level on. */
export function consoleLog(least: LogLevel, name: () => string): Log {
  return (level, message, fields) => {
    if (ranks[level] < ranks[least]) return;
    const time = new Date().toISOString().slice(11, 23);
    const more = fields && Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : "";
    process.stderr.write(`${time} ${level.padEnd(5)} ${name()}: ${message}${more}\n`);
  };
}
