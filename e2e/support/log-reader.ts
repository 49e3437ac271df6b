import { type LogLine, type LogQuery, Logs } from "@skylark/logs";
import { Application, connect } from "skylark";

/** Reads the log of one test's system. The test disposes it. */
export class LogReader implements AsyncDisposable {
  readonly #application: Application;

  constructor(home: string) {
    this.#application = new Application({ name: "reader", settings: { home }, log: () => {} });
  }

  async lines(query: LogQuery): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    await this.#each(query, (line) => lines.push(line));
    return lines;
  }

  /** How many lines fit, and how long it took to have them all here: the best of three, since others use the machine. */
  async timed(query: LogQuery): Promise<{ lines: number; tookMs: number }> {
    let [lines, tookMs] = [0, Number.POSITIVE_INFINITY];
    await this.#connected();
    for (let time = 0; time < 3; time++) {
      const startedAt = performance.now();
      lines = 0;
      await this.#each(query, () => lines++);
      tookMs = Math.min(tookMs, Math.round(performance.now() - startedAt));
    }
    return { lines, tookMs };
  }

  /** Of every instance, how many of its lines are kept, and the numbers that lines have twice or out of order. */
  async counted(): Promise<ReadonlyMap<string, { lines: number; last: number; wrong: number; told: number }>> {
    const counts = new Map<string, { lines: number; last: number; wrong: number; told: number }>();
    await this.#each({}, ({ instance, sequence, fields }) => {
      const before = counts.get(instance) ?? { lines: 0, last: 0, wrong: 0, told: 0 };
      const dropped = fields?.["dropped"];
      const isNote = typeof dropped === "number";
      counts.set(instance, {
        lines: before.lines + (isNote ? 0 : 1),
        last: sequence,
        wrong: before.wrong + (sequence > before.last ? 0 : 1),
        told: before.told + (isNote ? dropped : 0),
      });
    });
    return counts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#application.close();
  }

  #connected(): ReturnType<typeof connectTo> {
    return connectTo(this.#application);
  }

  async #each(query: LogQuery, told: (line: LogLine) => void): Promise<void> {
    const logs = await this.#connected();
    for await (const page of logs.read(query)) for (const line of page.lines) told(line);
  }
}

function connectTo(application: Application) {
  return connect(Logs, { application, readyWithinMs: 60_000 });
}
