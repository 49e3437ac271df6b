import { hostname } from "node:os";
import { SkylarkError } from "@skylark/core";
import { parsedJson } from "../line/json.js";
import { isLineLevel, type LineLevel } from "../line/level.js";
import type { LineFields } from "../line/line.js";
import type { CaptureOptions } from "./console-capture.js";

/** As much of a pino logger as is known here: any of pino 9 or 10 is one. */
export interface PinoLogger {
  readonly levels: { readonly values: Readonly<Record<string, number>> };
}

/** What a line of pino says. */
export interface PinoLine {
  /** ISO 8601; undefined: it names none. */
  readonly time: string | undefined;
  readonly level: LineLevel;
  readonly message: string;
  readonly fields: LineFields | undefined;
}

interface Stream {
  write(chunk: string): unknown;
}

/**
 * Listens to a pino logger and its children, whenever they were made. Returns what leaves it as it was. Fails
 * `invalid_argument` where it is no pino logger.
 */
export function capturePino(
  logger: PinoLogger,
  written: (line: PinoLine) => void,
  { echo }: CaptureOptions,
): () => void {
  const holder = logger as unknown as Record<symbol, unknown>;
  const symbol = symbolOf(logger, "pino.stream");
  const original = symbol && (holder[symbol] as Stream | undefined);
  if (!symbol || typeof original?.write !== "function") {
    throw new SkylarkError("invalid_argument", "what was given as `pino` is no logger of pino: it has no stream");
  }
  const messageKey = messageKeyOf(logger);
  const write = (chunk: string): unknown => {
    written(lineOf(chunk, messageKey, logger));
    return echo ? original.write(chunk) : undefined;
  };
  const before = Object.getOwnPropertyDescriptor(holder, symbol);
  const listening = listeningStream(original, write);
  holder[symbol] = listening;
  return () => {
    if (holder[symbol] !== listening) return; // another stands above it by now
    if (before) Object.defineProperty(holder, symbol, before);
    else Reflect.deleteProperty(holder, symbol);
  };
}

/** In all but `write` the stream itself: loggers ask streams for more, and leave things on them. */
function listeningStream(original: Stream, write: Stream["write"]): Stream {
  return new Proxy(original, {
    get(stream, name) {
      if (name === "write") return write;
      const value: unknown = Reflect.get(stream, name);
      return typeof value === "function" ? (value.bind(stream) as unknown) : value;
    },
    set: (stream, name, value) => Reflect.set(stream, name, value),
  });
}

/** By its name: each version of pino that is installed has symbols of its own (`pino.symbols` are those of one). */
function symbolOf(logger: object, name: string): symbol | undefined {
  for (let level: object | null = logger; level; level = Object.getPrototypeOf(level) as object | null) {
    const found = Object.getOwnPropertySymbols(level).find(({ description }) => description === name);
    if (found) return found;
  }
  return undefined;
}

function messageKeyOf(logger: PinoLogger): string {
  const symbol = symbolOf(logger, "pino.messageKey");
  const key = symbol && (logger as unknown as Record<symbol, unknown>)[symbol];
  return typeof key === "string" ? key : "msg";
}

function lineOf(chunk: string, messageKey: string, logger: PinoLogger): PinoLine {
  const value = objectOf(chunk);
  if (!value) return { time: undefined, level: "info", message: chunk.trimEnd(), fields: undefined };
  const { time, level, pid, hostname: host, [messageKey]: message, ...others } = value;
  const elsewhere = pid === process.pid && host === hostname() ? {} : { pid, hostname: host };
  const fields = { ...elsewhere, ...others };
  return {
    time: timeOf(time),
    level: levelOf(level, logger),
    message: typeof message === "string" ? message : message === undefined ? "" : JSON.stringify(message),
    fields: Object.values(fields).some((each) => each !== undefined) ? fields : undefined,
  };
}

function objectOf(chunk: string): Record<string, unknown> | undefined {
  try {
    const value = parsedJson(chunk);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // a logger may be told to write something else
  }
}

function timeOf(time: unknown): string | undefined {
  const at = typeof time === "number" || typeof time === "string" ? new Date(time) : undefined;
  return at && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined;
}

/** A level of somebody's own counts as the one of ours below it. */
function levelOf(level: unknown, { levels }: PinoLogger): LineLevel {
  if (isLineLevel(level)) return level;
  const value = typeof level === "number" ? level : (levels.values[String(level)] ?? Number.NaN);
  return leastOf.find(([least]) => value >= least)?.[1] ?? (value < 20 ? "trace" : "info");
}

const leastOf = [
  [60, "fatal"],
  [50, "error"],
  [40, "warn"],
  [30, "info"],
  [20, "debug"],
] as const;
