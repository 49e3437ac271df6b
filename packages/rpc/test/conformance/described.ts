/** Bytes as hexadecimal text, and where they repeat, as one piece and how often it stands there. */
export type Pieces = string | readonly (string | { readonly repeat: string; readonly times: number })[];

export function bytesOf(pieces: Pieces): Buffer {
  const all = typeof pieces === "string" ? [pieces] : pieces;
  return Buffer.from(
    all.map((each) => (typeof each === "string" ? each : each.repeat.repeat(each.times))).join(""),
    "hex",
  );
}

/** The other way round: long runs of one byte are told as such. */
export function piecesOf(bytes: Buffer): Pieces {
  const hex = bytes.toString("hex");
  const found = /((?:..)*?)((..)\3{99,})(.*)/.exec(hex);
  if (!found || (found[1]?.length ?? 0) % 2 !== 0) return hex;
  const [, before = "", run = "", byte = "", after = ""] = found;
  return [before, { repeat: byte, times: run.length / 2 }, after].filter((each) => each !== "");
}

/**
 * A value of the wire as JSON: itself where JSON has it, else an object with one key that begins with "$". The other way
 * round is `revived`.
 */
export function described(value: unknown): unknown {
  if (value === undefined) return { $undefined: true };
  if (typeof value === "bigint") return { $bigint: String(value) };
  if (typeof value === "number") {
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { $float: Object.is(value, -0) ? "-0" : `${value}` };
  }
  if (typeof value === "string" && value.length > 99 && value === value.charAt(0).repeat(value.length)) {
    return { $repeat: value.charAt(0), times: value.length };
  }
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return { $date: value.getTime() };
  if (value instanceof Uint8Array) return { $bytes: piecesOf(Buffer.from(value)) };
  if (Array.isArray(value)) return value.map(described);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, described(each)]));
}

export function revived(json: unknown): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map(revived);
  const fields = json as Readonly<Record<string, unknown>>;
  if ("$undefined" in fields) return undefined;
  if ("$bigint" in fields) return BigInt(fields["$bigint"] as string);
  if ("$float" in fields) return Number(fields["$float"]);
  if ("$repeat" in fields) return (fields["$repeat"] as string).repeat(fields["times"] as number);
  if ("$date" in fields) return new Date(fields["$date"] as number);
  if ("$bytes" in fields) return bytesOf(fields["$bytes"] as Pieces);
  return Object.fromEntries(Object.entries(fields).map(([key, each]) => [key, revived(each)]));
}
