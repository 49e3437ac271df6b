import { inspect } from "node:util";
import type { Log, LogLevel } from "@skylark/core";

const ranks: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** The framework's words as lines on standard error, from this level on. */
export function consoleLog(least: LogLevel, name: () => string): Log {
  const write = survivingWrite(process.stderr);
  return (level, message, fields) => {
    if (ranks[level] < ranks[least]) return;
    const time = new Date().toISOString().slice(11, 23);
    const more = fields && Object.keys(fields).length > 0 ? ` ${inLine(fields)}` : "";
    write(`${time} ${level.padEnd(5)} ${name()}: ${oneLine(message)}${more}\n`);
  };
}

/** That nobody reads what is said is no reason to die: while a line is on its way, its failure is nobody's. */
function survivingWrite(stream: NodeJS.WriteStream): (line: string) => void {
  const ignore = (): void => {};
  let underWay = 0;
  const arrived = (): void => {
    if (--underWay === 0) stream.off("error", ignore);
  };
  return (line) => {
    if (underWay++ === 0) stream.on("error", ignore);
    stream.write(line, () => setImmediate(arrived)); // the error itself is told after the callback
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
