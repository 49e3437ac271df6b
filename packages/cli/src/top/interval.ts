import { Histogram } from "@skylark/core/internal";
import type { InstanceFigures } from "skylark/internal";

/** What one instance did with one method between two looks at it. */
export interface MethodInterval {
  readonly service: string;
  readonly method: string;
  readonly seconds: number;
  /** Calls that ended. */
  readonly ended: number;
  /** Of those, the ones that failed; calls that were given up by their callers are no errors. */
  readonly errors: number;
  /** Calls that run now. */
  readonly inFlight: number;
  readonly latency: Histogram;
}

/** What led from one state of an instance's figures to the next; `earlier` undefined: from its start. */
export function intervalsOf(later: InstanceFigures, earlier?: InstanceFigures): readonly MethodInterval[] {
  const seconds = (later.uptimeMs - (earlier?.uptimeMs ?? 0)) / 1000;
  return later.services.flatMap(({ name: service, methods }) => {
    const before = earlier?.services.find(({ name }) => name === service)?.methods;
    return methods.map((now) => {
      const was = before?.find(({ name }) => name === now.name);
      const latency = Histogram.fromData(now.latency);
      return {
        service,
        method: now.name,
        seconds,
        ended: endedOf(now) - (was ? endedOf(was) : 0),
        errors: errorsOf(now) - (was ? errorsOf(was) : 0),
        inFlight: Math.max(0, now.started - endedOf(now)),
        latency: was ? latency.since(Histogram.fromData(was.latency)) : latency,
      };
    });
  });
}

type MethodFigures = InstanceFigures["services"][number]["methods"][number];

function endedOf({ succeeded, failures }: MethodFigures): number {
  return succeeded + Object.values(failures).reduce((sum, count) => sum + count, 0);
}

function errorsOf({ succeeded, failures }: MethodFigures): number {
  return endedOf({ succeeded, failures } as MethodFigures) - succeeded - (failures.cancelled ?? 0);
}
