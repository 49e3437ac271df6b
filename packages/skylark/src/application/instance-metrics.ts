import type { SessionStatus } from "@skylark/coordination";
import { Histogram, type MetricFamily } from "@skylark/core/internal";
import type { MethodShape } from "@skylark/rpc/internal";
import type { InstanceFigures } from "./instance-figures.js";

/** What a process knows of itself beside what it has counted. */
export interface MeasuredProcess {
  readonly name: string;
  readonly httpConnections: number;
  /** Of its session with the store; `none` while nobody needs one. */
  readonly session: SessionStatus["kind"] | "none";
  readonly cpuSeconds: number;
  readonly startedAtSeconds: number;
  /** Undefined where it is not offered any more. */
  readonly shapeOf: (service: string, method: string) => MethodShape | undefined;
}

type CountedMethod = InstanceFigures["services"][number]["methods"][number];

/** The figures of a process under the names that Prometheus shows: each method's first, then the process's own. */
export function instanceMetrics(figures: InstanceFigures, measured: MeasuredProcess): MetricFamily[] {
  return [...methodMetrics(figures, measured), ...processMetrics(figures, measured)];
}

function methodMetrics(figures: InstanceFigures, { shapeOf }: MeasuredProcess): MetricFamily[] {
  const methods = figures.services.flatMap(({ name: service, methods }) =>
    methods.map((counted) => ({ labels: { service, method: counted.name }, counted })),
  );
  const counted = methods.filter(({ labels }) => shapeOf(labels.service, labels.method) !== "stream");
  const timed = counted.filter(({ labels }) => shapeOf(labels.service, labels.method) === "unary");
  return [
    {
      name: "skylark_calls_total",
      help: "Calls and server streams that began.",
      type: "counter",
      samples: counted.map(({ labels, counted: { started } }) => ({ labels, value: started })),
    },
    {
      name: "skylark_call_failures_total",
      help: "Those that failed or were given up, by the code of the error.",
      type: "counter",
      samples: counted.flatMap(({ labels, counted: { failures } }) =>
        Object.entries(failures)
          .toSorted(([one], [other]) => (one < other ? -1 : 1))
          .map(([code, value]) => ({ labels: { ...labels, code }, value })),
      ),
    },
    {
      name: "skylark_calls_in_flight",
      help: "Those that run now.",
      type: "gauge",
      samples: counted.map(({ labels, counted: method }) => ({ labels, value: inFlight(method) })),
    },
    {
      name: "skylark_call_duration_seconds",
      help: "From the arrival of a call to its end, whatever that was. Streams are not in it.",
      type: "histogram",
      samples: timed.map(({ labels, counted: { latency } }) => ({ labels, durations: Histogram.fromData(latency) })),
    },
  ];
}

function processMetrics(figures: InstanceFigures, measured: MeasuredProcess): MetricFamily[] {
  const { instance, connections, memory, uptimeMs, eventLoopDelay } = figures;
  const sessions = sessionKinds.map((state) => ({ labels: { state }, value: state === measured.session ? 1 : 0 }));
  return [
    gauge("skylark_instance_info", "Who this is; always 1.", 1, {
      instance,
      name: measured.name,
      node: process.version,
    }),
    gauge("skylark_uptime_seconds", "Since the instance was made.", uptimeMs / 1000),
    {
      name: "skylark_connections",
      help: "Connections of callers, by the protocol that they speak.",
      type: "gauge",
      samples: [
        { labels: { protocol: "skylark" }, value: connections },
        { labels: { protocol: "http" }, value: measured.httpConnections },
      ],
    },
    {
      name: "skylark_store_session",
      help: "How the session with the store is: 1 for that state, 0 for the others.",
      type: "gauge",
      samples: sessions,
    },
    {
      name: "skylark_event_loop_delay_seconds",
      help: "How late timers fired, from the first time on that figures were asked for.",
      type: "histogram",
      samples: [{ labels: {}, durations: Histogram.fromData(eventLoopDelay) }],
    },
    gauge("skylark_heap_used_bytes", "What JavaScript holds.", memory.heapUsedBytes),
    gauge("process_resident_memory_bytes", "What the process holds of the machine's memory.", memory.rssBytes),
    {
      name: "process_cpu_seconds_total",
      help: "Time of processors that the process has used, its own and the system's for it.",
      type: "counter",
      samples: [{ labels: {}, value: measured.cpuSeconds }],
    },
    gauge("process_start_time_seconds", "When the process began, in seconds since 1970.", measured.startedAtSeconds),
  ];
}

const sessionKinds: readonly MeasuredProcess["session"][] = [
  "none",
  "connecting",
  "established",
  "suspended",
  "expired",
  "closed",
];

function gauge(name: string, help: string, value: number, labels: Readonly<Record<string, string>> = {}): MetricFamily {
  return { name, help, type: "gauge", samples: [{ labels, value }] };
}

function inFlight({ started, succeeded, failures }: CountedMethod): number {
  return started - succeeded - Object.values(failures).reduce((sum, count) => sum + count, 0);
}
