import { Histogram } from "@skylark/core/internal";
import type { InstanceFigures } from "skylark/internal";

export interface Counted {
  readonly started?: number;
  readonly succeeded?: number;
  readonly failures?: Readonly<Record<string, number>>;
  readonly tookMs?: readonly number[];
}

/** Figures of an instance, by service and method. */
export function figures(
  uptimeMs: number,
  services: Readonly<Record<string, Readonly<Record<string, Counted>>>>,
): InstanceFigures {
  return {
    instance: "k3f9",
    since: "2026-01-02T03:04:05.678Z",
    uptimeMs,
    connections: 1,
    memory: { rssBytes: 1, heapUsedBytes: 1 },
    eventLoopDelay: new Histogram().toData(),
    services: Object.entries(services).map(([name, methods]) => ({
      name,
      version: "1",
      methods: Object.entries(methods).map(([method, counted]) => ({ name: method, ...counts(counted) })),
    })),
  };
}

function counts({ succeeded = 0, failures = {}, tookMs = [], started }: Counted) {
  const ended = succeeded + Object.values(failures).reduce((sum, count) => sum + count, 0);
  const latency = new Histogram();
  for (const ms of tookMs) latency.record(ms);
  return { started: started ?? ended, succeeded, failures, latency: latency.toData() };
}
