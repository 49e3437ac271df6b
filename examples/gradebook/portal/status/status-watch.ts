import { isSame, type Presence, type SystemStatus, type WatchedPart } from "./system-status.js";

/** Who says whether each part is there: it asks, cheaply, and settles by itself. */
export type StatusSources = Readonly<Record<WatchedPart, () => Promise<Presence>>>;

export type StatusListener = (status: SystemStatus) => void;

/** Twice a second, so that whoever looks at a page reads within two seconds what is missing. */
const usualPauseMs = 500;

type WatchState =
  | { readonly kind: "idle" }
  | { readonly kind: "watching"; timer: NodeJS.Timeout | undefined; status: SystemStatus | undefined };

/** Knows which parts are there, and asks only while somebody wants to know. */
export class StatusWatch {
  readonly #sources: StatusSources;
  readonly #pauseMs: number;
  readonly #listeners = new Set<StatusListener>();
  #state: WatchState = { kind: "idle" };

  constructor(sources: StatusSources, pauseMs = usualPauseMs) {
    this.#sources = sources;
    this.#pauseMs = pauseMs;
  }

  /** Tells the status as soon as it is known, and whenever it changes. Returns what ends that. */
  subscribe(listener: StatusListener): () => void {
    this.#listeners.add(listener);
    if (this.#state.kind === "idle") {
      this.#state = { kind: "watching", timer: undefined, status: undefined };
      void this.#look();
    } else if (this.#state.status) listener(this.#state.status);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#rest();
    };
  }

  /** A request has just failed: whoever watches need not wait for the next look. */
  lookNow(): void {
    const state = this.#state;
    if (state.kind !== "watching" || state.timer === undefined) return; // nobody watches, or it is looking
    clearTimeout(state.timer);
    state.timer = undefined;
    void this.#look();
  }

  #rest(): void {
    if (this.#state.kind === "watching") clearTimeout(this.#state.timer);
    this.#state = { kind: "idle" };
  }

  async #look(): Promise<void> {
    const state = this.#state;
    if (state.kind !== "watching") return;
    const [grading, log] = await Promise.all([this.#sources.grading(), this.#sources.log()]);
    if (this.#state !== state) return; // those who asked have gone
    state.timer = setTimeout(() => {
      state.timer = undefined;
      void this.#look();
    }, this.#pauseMs);
    const status = { grading, log };
    if (isSame(state.status, status)) return;
    state.status = status;
    for (const listener of this.#listeners) listener(status);
  }
}
