import type { Log } from "@skylark/core";
import type { SessionStatus } from "../port.js";

/** Who is told of a session. One that throws is logged, and keeps the word from nobody. */
export class SessionListeners {
  readonly #listeners = new Set<(status: SessionStatus) => void>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The caller ends it by what is returned. */
  add(listener: (status: SessionStatus) => void): () => void {
    const own = (status: SessionStatus) => listener(status); // the same function given twice is two listeners
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  tell(status: SessionStatus): void {
    for (const listener of this.#listeners) {
      try {
        listener(status);
      } catch (error) {
        this.#log("error", `a listener of the session threw at "${status.kind}"`, { error });
      }
    }
  }
}
