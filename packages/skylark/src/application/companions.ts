import type { Log } from "@skylark/core";

/** What lives beside the services of an application: it hears what the framework says, and ends before the application does. */
export interface Companion {
  /** The framework's words of all levels, whatever `logLevel` lets through elsewhere. Must not fail. */
  readonly heard?: Log | undefined;
  /** Called once, when the services have left and calls still go out. The application waits for it. */
  readonly leaving?: (() => Promise<void>) | undefined;
}

/** The companions of one application. */
export class Companions {
  readonly #all = new Set<Companion>();

  /** Returns what takes it away again. */
  add(companion: Companion): () => void {
    this.#all.add(companion);
    return () => void this.#all.delete(companion);
  }

  /** A log whose words they hear as well. */
  beside(log: Log): Log {
    return (level, message, fields) => {
      log(level, message, fields);
      for (const { heard } of this.#all) heard?.(level, message, fields);
    };
  }

  /** Lets all of them end what they are at. One that fails is told to `log`, and stops nothing. */
  async leave(log: Log): Promise<void> {
    const ended = await Promise.allSettled([...this.#all].map(async ({ leaving }) => await leaving?.()));
    for (const each of ended) {
      if (each.status === "rejected")
        log("error", "what accompanies the application did not end in order", { why: String(each.reason) });
    }
    this.#all.clear();
  }
}
