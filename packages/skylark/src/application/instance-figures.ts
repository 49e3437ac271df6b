import { type HistogramData, systemClock } from "@skylark/core/internal";
import type { RpcServer, ServiceFigures } from "@skylark/rpc/internal";
import { EventLoopDelay } from "./event-loop-delay.js";

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

/** Takes the figures of this process, whoever asks for them and by which way. Whoever makes it closes it. */
export class FigureTaker {
  readonly #server: RpcServer;
  readonly #startedAt: Date;
  readonly #openedAt = systemClock.now();
  readonly #eventLoopDelay = new EventLoopDelay(systemClock);

  constructor(server: RpcServer, startedAt: Date) {
    this.#server = server;
    this.#startedAt = startedAt;
  }

  take(): InstanceFigures {
    this.#eventLoopDelay.start();
    const { rss: rssBytes, heapUsed: heapUsedBytes } = process.memoryUsage();
    return {
      instance: this.#server.instance,
      since: this.#startedAt.toISOString(),
      uptimeMs: systemClock.now() - this.#openedAt,
      connections: this.#server.connections,
      memory: { rssBytes, heapUsedBytes },
      eventLoopDelay: this.#eventLoopDelay.toData(),
      services: this.#server.figures,
    };
  }

  close(): void {
    this.#eventLoopDelay.close();
  }
}
