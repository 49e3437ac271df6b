import { SkylarkError } from "@skylark/core";
import type { Call } from "@skylark/rpc";
import type { LineSource, SentLine } from "../line/line.js";
import { eitherSignal } from "../search/either-signal.js";
import type { LogPage, LogQuery } from "../search/query.js";
import { readPages } from "../search/read-pages.js";
import type { Appended } from "../store/fresh-lines.js";
import type { LogStore } from "../store/log-store.js";

/** What is sent together. */
interface SentBatch extends LineSource {
  readonly lines: readonly SentLine[];
}

/** The functions behind the contract. */
export class LogHandlers {
  readonly #store: LogStore;

  constructor(store: LogStore) {
    this.#store = store;
  }

  append({ origin, instance, lines }: SentBatch): Promise<Appended> {
    return this.#store.append({ origin, instance }, lines);
  }

  /** Ends with its reader, or with the store. */
  async *read(query: LogQuery, { signal }: Pick<Call, "signal">): AsyncGenerator<LogPage, void> {
    if (query.follow === true && (query.until !== undefined || query.order === "newest")) {
      const why = "what follows has no end, and comes oldest first: leave out until, and order";
      throw new SkylarkError("invalid_argument", why);
    }
    const ended = eitherSignal(signal, this.#store.closing);
    try {
      yield* readPages(this.#store.segments, query, ended.signal);
    } finally {
      ended.release();
    }
  }
}
