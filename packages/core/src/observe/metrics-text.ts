import type { Histogram } from "./histogram.js";

export type MetricLabels = Readonly<Record<string, string>>;

interface AnyMetricFamily {
  /** Letters, digits and `_`, its unit at the end: `_seconds`, `_bytes`; `_total` for what only grows. */
  readonly name: string;
  readonly help: string;
}

export interface NumberFamily extends AnyMetricFamily {
  readonly type: "counter" | "gauge";
  readonly samples: readonly { readonly labels: MetricLabels; readonly value: number }[];
}

export interface DurationFamily extends AnyMetricFamily {
  readonly type: "histogram";
  readonly samples: readonly { readonly labels: MetricLabels; readonly durations: Histogram }[];
}

/** Figures of one name. */
export type MetricFamily = NumberFamily | DurationFamily;

/** The type of that text, for who asks by HTTP. */
export const metricsTextType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Figures as Prometheus reads them (https://prometheus.io/docs/instrumenting/exposition_formats/), in the order given. Durations
 * are seconds, in buckets whose bounds are the same in every process, so that they can be added up.
 */
export function metricsText(families: readonly MetricFamily[]): string {
  const lines: string[] = [];
  for (const family of families) {
    lines.push(`# HELP ${family.name} ${escaped(family.help)}`, `# TYPE ${family.name} ${family.type}`);
    if (family.type === "histogram") pushDurations(lines, family);
    else
      for (const { labels, value } of family.samples) lines.push(`${family.name}${braced(labels)} ${numeral(value)}`);
  }
  return `${lines.join("\n")}\n`;
}

function pushDurations(lines: string[], { name, samples }: DurationFamily): void {
  for (const { labels, durations } of samples) {
    const { count, sumMs } = durations;
    durations.countsBelow(exponents).forEach((below, index) => {
      lines.push(`${name}_bucket${braced({ ...labels, le: bounds[index] as string })} ${below}`);
    });
    lines.push(`${name}_bucket${braced({ ...labels, le: "+Inf" })} ${count}`);
    lines.push(`${name}_sum${braced(labels)} ${numeral(sumMs / 1000)}`, `${name}_count${braced(labels)} ${count}`);
  }
}

/**
 * Of two, in milliseconds: from 1/8 ms, which a call on one machine takes, to 65 s, which is longer than any default
 * deadline. At powers of two the histogram's own buckets meet, so that nothing has to be guessed.
 */
const exponents = Array.from({ length: 20 }, (_, index) => index - 3);
const bounds = exponents.map((exponent) => numeral(2 ** exponent / 1000));

function braced(labels: MetricLabels): string {
  const written = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value).replaceAll('"', '\\"')}"`);
  return written.length === 0 ? "" : `{${written.join(",")}}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numeral(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
