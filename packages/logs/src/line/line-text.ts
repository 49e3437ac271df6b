import { boundedFieldsText, boundedMessage } from "./bounds.js";
import { isShallow, parsedJson } from "./json.js";
import { isLineLevel } from "./level.js";
import type { LineSource, LogLine, SentLine } from "./line.js";

/**
 * A line as it stands in a segment: one JSON object on one line of text, its keys always in this order, so that a search
 * finds `,"request":"k3f9"` among the bytes before it reads any JSON.
 */
export function lineText(source: LineSource, line: SentLine, received: string): string {
  const head = JSON.stringify({
    time: line.time,
    received,
    origin: source.origin,
    instance: source.instance,
    sequence: line.sequence,
    level: line.level,
    request: line.request,
    message: boundedMessage(line.message),
  });
  return line.fields === undefined ? `${head}\n` : `${head.slice(0, -1)},"fields":${boundedFieldsText(line.fields)}}\n`;
}

/** How `key` with this value stands in a segment; for values that are texts. */
export function fieldText(key: "origin" | "request", value: string): string {
  return `,"${key}":${JSON.stringify(value)}`;
}

/** How a `key` that begins so stands in a segment. */
export function fieldStart(key: "instance", beginning: string): string {
  return `,"${key}":${JSON.stringify(beginning).slice(0, -1)}`;
}

/** Undefined: it is no line of ours, or not whole. */
export function readLine(text: string): LogLine | undefined {
  try {
    const value: unknown = parsedJson(text);
    return isLine(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLine(value: unknown): value is LogLine {
  if (typeof value !== "object" || value === null) return false;
  const line = value as Partial<Record<keyof LogLine, unknown>>;
  return (
    typeof line.time === "string" &&
    typeof line.received === "string" &&
    typeof line.origin === "string" &&
    typeof line.instance === "string" &&
    typeof line.sequence === "number" &&
    typeof line.message === "string" &&
    isLineLevel(line.level) &&
    (line.request === undefined || typeof line.request === "string") &&
    (line.fields === undefined || (typeof line.fields === "object" && line.fields !== null && isShallow(line.fields)))
  );
}
