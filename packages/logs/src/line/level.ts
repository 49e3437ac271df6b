/** How much a line matters, the least first. */
export const lineLevels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

export type LineLevel = (typeof lineLevels)[number];

/** For comparing: the higher, the graver. */
export const levelRanks: Readonly<Record<LineLevel, number>> = {
  trace: 0,
  debug: 1,
  info: 2,
  warn: 3,
  error: 4,
  fatal: 5,
};

export function isLineLevel(value: unknown): value is LineLevel {
  return typeof value === "string" && Object.hasOwn(levelRanks, value);
}
