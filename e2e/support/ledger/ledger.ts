/**
 * What a client asks of a store: for data, or a write (`operation`); that its session be kept or found again and its watches
 * be set (`upkeep`); that a session be opened for it (`opening`), which only those do who were not there before.
 */
export type Asking = "operation" | "upkeep" | "opening";

interface Request {
  readonly at: number;
  readonly name: string;
  readonly asking: Asking;
}

/** The first second of those who came back, and of those who came then for the first time. */
export type FirstSeconds = Record<"returned" | "began", FirstSecond>;

export interface FirstSecond {
  readonly connections: number;
  /** Operations of one connection. */
  readonly mean: number;
  readonly most: number;
  /** How many of each, of all connections together. */
  readonly operations: Readonly<Record<string, number>>;
  readonly upkeep: Readonly<Record<string, number>>;
}

const secondMs = 1000;

/** Who asked a store for what, and when, as it passed by on its way there; connections are known by their objects. */
export class Ledger {
  readonly #requests = new Map<object, Request[]>();

  note(connection: object, name: string, asking: Asking): void {
    const requests = this.#requests.get(connection) ?? [];
    this.#requests.set(connection, requests);
    requests.push({ at: performance.now(), name, asking });
  }

  /** All that was noted so far. */
  get operations(): number {
    return [...this.#requests.values()].flat().filter(({ asking }) => asking === "operation").length;
  }

  /**
   * Of each connection over which the first request came after `since`, from that request on. A greeting that nothing
   * followed went to a member that did not serve yet.
   */
  firstSeconds(since: number): FirstSeconds {
    const fresh = [...this.#requests.values()].filter(([first, second]) => second && first && first.at >= since);
    const isNew = (requests: readonly Request[]) => requests.some(({ asking }) => asking === "opening");
    return {
      returned: firstSecondOf(fresh.filter((requests) => !isNew(requests))),
      began: firstSecondOf(fresh.filter(isNew)),
    };
  }
}

function firstSecondOf(connections: readonly Request[][]): FirstSecond {
  const seconds = connections.map(([first, ...more]) =>
    first ? [first, ...more.filter(({ at }) => at < first.at + secondMs)] : [],
  );
  const counts = seconds.map((requests) => requests.filter(({ asking }) => asking === "operation").length);
  const named = (wanted: readonly Asking[]) => {
    const byName: Record<string, number> = {};
    for (const { name, asking } of seconds.flat()) if (wanted.includes(asking)) byName[name] = (byName[name] ?? 0) + 1;
    return byName;
  };
  return {
    connections: connections.length,
    mean: counts.length === 0 ? 0 : counts.reduce((sum, count) => sum + count, 0) / counts.length,
    most: Math.max(0, ...counts),
    operations: named(["operation"]),
    upkeep: named(["upkeep", "opening"]),
  };
}
