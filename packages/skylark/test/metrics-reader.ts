export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ReadFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ReadSample[];
}

/**
 * What Prometheus would make of a text, read as strictly as its format is written down: every line is one of the three, each
 * family has its HELP and its TYPE once and before its samples, no series comes twice.
 */
export function readMetrics(text: string): Map<string, ReadFamily> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const families = new Map<string, { type: string; help: string; samples: ReadSample[] }>();
  const series = new Set<string>();
  let help: readonly [name: string, text: string] | undefined;
  let current = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line) ?? [];
    if (keyword === "HELP") help = [name, rest];
    else if (keyword === "TYPE") {
      if (help?.[0] !== name || families.has(name)) throw new Error(`not told once, with its help before it: ${line}`);
      if (!/^(counter|gauge|histogram)$/.test(rest)) throw new Error(`no type: ${line}`);
      families.set(name, { type: rest, help: help[1], samples: [] });
      current = name;
    } else {
      const sample = readSample(line);
      const family = families.get(current);
      const suffix = sample.name.slice(current.length);
      const suffixes = family?.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
      if (!sample.name.startsWith(current) || !suffixes.includes(suffix)) throw new Error(`among others: ${line}`);
      const key = line.slice(0, line.lastIndexOf(" "));
      if (series.has(key)) throw new Error(`twice: ${line}`);
      series.add(key);
      family?.samples.push(sample);
    }
  }
  return families;
}

function readSample(line: string): ReadSample {
  const [, name, , labels = "", numeral = ""] =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{((?:[a-zA-Z_]\w*="(?:[^"\\]|\\[\\n"])*",?)*)\})? (\S+)$/.exec(line) ?? [];
  const value = numeral === "+Inf" ? Number.POSITIVE_INFINITY : Number(numeral || Number.NaN);
  if (name === undefined || Number.isNaN(value)) throw new Error(`no line of figures: ${line}`);
  const read = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\n"])*)"/g)].map(([, label, text = ""]) => [
    label,
    text.replaceAll(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter)),
  ]);
  return { name, labels: Object.fromEntries(read) as Record<string, string>, value };
}
