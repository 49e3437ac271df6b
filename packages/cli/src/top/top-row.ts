import { Histogram } from "@skylark/core/internal";
import type { ListedInstance } from "../system/listed-instance.js";
import type { MethodInterval } from "./interval.js";

/** What happened in the last interval; null where there is nothing to tell it from. */
export interface TopFigures {
  readonly callsPerSecond: number | null;
  readonly errorsPerSecond: number | null;
  /** Of the calls that ended, from 0 to 1; null where none did. */
  readonly errorShare: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Now. */
  readonly inFlight: number | null;
}

/** A service as `sky top` shows it, in this very shape with `--json`. */
export interface TopRow extends TopFigures {
  readonly service: string;
  readonly protocol: "skylark" | "http";
  readonly instances: number;
  /** Ids of those that should have answered, and did not in time. */
  readonly silent: readonly string[];
  readonly methods: readonly TopMethod[];
}

export interface TopMethod extends TopFigures {
  readonly method: string;
}

/** One look at everything. */
export interface TopView {
  readonly instances: readonly ListedInstance[];
  /** By instance id: what it did since the look before. Not in it: those that are asked for the first time. */
  readonly intervals: ReadonlyMap<string, readonly MethodInterval[]>;
  /** Ids of those that did not answer in time. */
  readonly silent: ReadonlySet<string>;
}

/** A row for each service and protocol. Rates of its instances add up; their durations are one distribution. */
export function topRows({ instances, intervals, silent }: TopView): readonly TopRow[] {
  const groups = new Map<string, ListedInstance[]>();
  for (const instance of instances) {
    const key = `${instance.service} ${instance.protocol}`;
    groups.set(key, [...(groups.get(key) ?? []), instance]);
  }
  return [...groups.values()].map((own) => {
    const { service, protocol } = own[0] as ListedInstance;
    const counted = own.flatMap(({ id }) => intervals.get(id) ?? []).filter((each) => each.service === service);
    const methods = [...new Set(counted.map(({ method }) => method))].toSorted();
    return {
      service,
      protocol,
      instances: own.length,
      silent: own.flatMap(({ id }) => (silent.has(id) ? [id] : [])),
      ...figuresOf(counted),
      methods: methods.map((method) => ({ method, ...figuresOf(counted.filter((each) => each.method === method)) })),
    };
  });
}

const unknown: TopFigures = {
  callsPerSecond: null,
  errorsPerSecond: null,
  errorShare: null,
  p50Ms: null,
  p99Ms: null,
  inFlight: null,
};

/** Each instance has an interval of its own: it may have answered late, or have started in the middle. */
function figuresOf(intervals: readonly MethodInterval[]): TopFigures {
  if (intervals.length === 0) return unknown;
  const latency = new Histogram();
  for (const each of intervals) latency.merge(each.latency);
  const ended = sum(intervals.map((each) => each.ended));
  const errors = sum(intervals.map((each) => each.errors));
  return {
    callsPerSecond: sum(intervals.map((each) => rate(each.ended, each.seconds))),
    errorsPerSecond: sum(intervals.map((each) => rate(each.errors, each.seconds))),
    errorShare: ended === 0 ? null : errors / ended,
    p50Ms: latency.quantile(0.5) ?? null,
    p99Ms: latency.quantile(0.99) ?? null,
    inFlight: sum(intervals.map((each) => each.inFlight)),
  };
}

function rate(count: number, seconds: number): number {
  return seconds > 0 ? count / seconds : 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

export const sortOrders = ["calls", "errors", "p50", "p99", "inflight", "service"] as const;
export type SortOrder = (typeof sortOrders)[number];

const sortValue: Record<Exclude<SortOrder, "service">, (figures: TopFigures) => number | null> = {
  calls: ({ callsPerSecond }) => callsPerSecond,
  errors: ({ errorsPerSecond }) => errorsPerSecond,
  p50: ({ p50Ms }) => p50Ms,
  p99: ({ p99Ms }) => p99Ms,
  inflight: ({ inFlight }) => inFlight,
};

/** The most first; those of whom nothing is known last; by name where they are the same. */
export function sortedRows(rows: readonly TopRow[], order: SortOrder): readonly TopRow[] {
  const value = order === "service" ? () => 0 : sortValue[order];
  const known = (row: TopRow): number => value(row) ?? -1;
  return rows.toSorted(
    (one, other) =>
      known(other) - known(one) ||
      one.service.localeCompare(other.service, "en", { numeric: true }) ||
      one.protocol.localeCompare(other.protocol),
  );
}
