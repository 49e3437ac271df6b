const msPerUnit: Readonly<Record<string, number>> = { "": 1, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds that a text such as `500`, `500ms`, `2s`, `1.5m` or `1h` stands for; undefined for any other text. */
export function durationMsOf(text: string): number | undefined {
  const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|)\s*$/i.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Number(amount) * (msPerUnit[unit.toLowerCase()] as number);
}
