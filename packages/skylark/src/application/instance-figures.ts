import type { HistogramData } from "@skylark/core/internal";
import type { RpcServer, ServiceFigures } from "@skylark/rpc/internal";

/** What a process has counted since its start. Two answers tell, by their difference, what happened between them. */
export interface InstanceFigures {
  readonly instance: string;
  /** Since when: ISO 8601. */
  readonly since: string;
  /** How long that is, by a clock that does not jump. */
  readonly uptimeMs: number;
  readonly connections: number;
  readonly memory: { readonly rssBytes: number; readonly heapUsedBytes: number };
  /** How late timers fired, from the first time on that figures were asked for. */
  readonly eventLoopDelay: HistogramData;
  /** By service and method; the built-in one among them. */
  readonly services: readonly ServiceFigures[];
}

/** What figures are taken of. */
export interface CountedProcess {
  readonly instance: string;
  readonly startedAt: Date;
  readonly uptimeMs: number;
  readonly eventLoopDelay: { start(): void; toData(): HistogramData };
}

export function instanceFigures(counted: CountedProcess, server: RpcServer): InstanceFigures {
  counted.eventLoopDelay.start();
  const { rss: rssBytes, heapUsed: heapUsedBytes } = process.memoryUsage();
  return {
    instance: counted.instance,
    since: counted.startedAt.toISOString(),
    uptimeMs: counted.uptimeMs,
    connections: server.connections,
    memory: { rssBytes, heapUsedBytes },
    eventLoopDelay: counted.eventLoopDelay.toData(),
    services: server.figures,
  };
}
