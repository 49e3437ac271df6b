/**
 * A value as JSON over several lines. What JSON has no word for is written as it travels best: bytes as `{"base64": "…"}`,
 * a bigint as text, a missing value as null.
 */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value ?? null, writable, 2)}\n`;
}

/** The same on one line, for streams of them. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value ?? null, writable)}\n`;
}

function writable(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key]; // before toJSON: a Buffer becomes a list of numbers there
  if (original instanceof Uint8Array) return { base64: Buffer.from(original).toString("base64") };
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Map) return Object.fromEntries(value) as unknown;
  return value instanceof Set ? [...(value as Set<unknown>)] : value;
}
