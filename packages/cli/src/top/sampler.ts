import type { Clock } from "@skylark/core/internal";
import type { InstanceFigures } from "skylark/internal";
import type { ListedInstance } from "../system/listed-instance.js";
import { intervalsOf, type MethodInterval } from "./interval.js";
import type { TopView } from "./top-row.js";

/** Asks one instance, again and again. */
export interface Asker {
  figures(): Promise<InstanceFigures>;
  close(): void;
}

export interface SamplerOptions {
  readonly clock: Clock;
  readonly open: (instance: ListedInstance) => Asker;
  /** How long a look waits for answers. What comes later counts in the next one. */
  readonly patienceMs: number;
}

interface Asked {
  readonly asker: Asker;
  /** The last answer, and the one that the last look had. */
  last: InstanceFigures | undefined;
  shown: InstanceFigures | undefined;
  /** Settles with the answer that is waited for: nobody is asked twice at once. */
  pending: Promise<void> | undefined;
}

/** Looks at all instances at once, as often as it is told to. Whoever makes it closes it. */
export class Sampler {
  readonly #options: SamplerOptions;
  readonly #asked = new Map<string, Asked>();
  #lookedAt: number | undefined;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  /** Asks every process among these that speaks our protocol, and tells what came in time. */
  async look(instances: readonly ListedInstance[]): Promise<TopView> {
    const { clock, patienceMs } = this.#options;
    const sinceMs = this.#lookedAt === undefined ? 0 : clock.now() - this.#lookedAt;
    this.#lookedAt = clock.now();
    const asked = this.#askAll(instances);
    await inTime(
      clock,
      patienceMs,
      Promise.all([...asked.values()].map(({ pending }) => pending ?? Promise.resolve())),
    );
    const intervals = new Map<string, readonly MethodInterval[]>();
    const silent = new Set<string>();
    for (const [id, one] of asked) {
      if (one.pending) silent.add(id);
      else if (one.last) this.#tell(id, one, one.last, sinceMs + patienceMs, intervals);
      else silent.add(id); // it refused
    }
    return { instances, intervals, silent };
  }

  close(): void {
    for (const { asker } of this.#asked.values()) asker.close();
    this.#asked.clear();
  }

  /** Of one that is new since the last look all that it ever did is told; of others only what came since. */
  #tell(
    id: string,
    one: Asked,
    last: InstanceFigures,
    newerThanMs: number,
    intervals: Map<string, readonly MethodInterval[]>,
  ): void {
    if (one.shown) intervals.set(id, intervalsOf(last, one.shown));
    else if (last.uptimeMs <= newerThanMs) intervals.set(id, intervalsOf(last));
    one.shown = last;
  }

  #askAll(instances: readonly ListedInstance[]): ReadonlyMap<string, Asked> {
    const processes = new Map(
      instances.filter(({ protocol }) => protocol === "skylark").map((each) => [each.id, each]),
    );
    for (const [id, { asker }] of this.#asked) {
      if (processes.has(id)) continue;
      asker.close();
      this.#asked.delete(id);
    }
    for (const [id, instance] of processes) {
      const one = this.#asked.get(id) ?? this.#begin(id, instance);
      one.pending ??= this.#ask(one);
    }
    return this.#asked;
  }

  #begin(id: string, instance: ListedInstance): Asked {
    const begun: Asked = { asker: this.#options.open(instance), last: undefined, shown: undefined, pending: undefined };
    this.#asked.set(id, begun);
    return begun;
  }

  async #ask(one: Asked): Promise<void> {
    try {
      one.last = await one.asker.figures();
    } catch {
      one.last = undefined; // it counts as silent, whatever its reason
    }
    one.pending = undefined;
  }
}

/** Resolves when the work has ended, or the time is over. */
function inTime(clock: Clock, mostMs: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(mostMs, () => resolve(), true);
    const done = (): void => {
      timer.cancel();
      resolve();
    };
    work.then(done, done);
  });
}
