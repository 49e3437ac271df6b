import type { Coordination, Entry, Watch, WatchEvent } from "@skylark/coordination";
import { type Deferred, deferred } from "@skylark/core/internal";

/** A watch as its user sees it: the events folded into what is believed to be there. Breaks of its rules are kept. */
export class WatchView {
  readonly events: WatchEvent[] = [];
  readonly entries = new Map<string, Entry>();
  /** How many entries were there after each event. */
  readonly sizes: number[] = [];
  /** What no watch may do; a test expects this to stay empty. */
  readonly broken: string[] = [];
  readonly #watch: Watch;
  #waiting: { readonly met: () => boolean; readonly done: Deferred<void> }[] = [];

  /** @param whole is asked after every event whether what is seen could have been there at one instant. */
  constructor(
    client: Coordination,
    prefix: string,
    whole: (entries: ReadonlyMap<string, Entry>) => boolean = () => true,
  ) {
    this.#watch = client.watch(prefix, (event) => {
      this.#judge(event, prefix);
      this.#fold(event);
      if (!whole(this.entries)) this.broken.push(`half a write: ${JSON.stringify([...this.entries.values()])}`);
      this.#waiting = this.#waiting.filter(({ met, done }) => {
        if (!met()) return true;
        done.resolve();
        return false;
      });
    });
  }

  get values(): Record<string, unknown> {
    return Object.fromEntries([...this.entries.values()].map(({ key, value }) => [key, value]));
  }

  async until(met: () => boolean): Promise<void> {
    if (met()) return;
    const done = deferred();
    this.#waiting.push({ met, done });
    await done.promise;
  }

  close(): void {
    this.#watch.close();
  }

  #judge(event: WatchEvent, prefix: string): void {
    const first = this.events.length === 0;
    if (first && event.kind !== "snapshot") this.broken.push("the first event is no snapshot");
    if (event.kind === "snapshot" && event.resync === first)
      this.broken.push(`snapshot ${this.events.length} says resync: ${event.resync}`);
    if (event.kind === "changes" && event.changes.length === 0) this.broken.push("no change in a changes event");
    for (const key of keysOf(event))
      if (key !== prefix && !key.startsWith(`${prefix}/`)) this.broken.push(`${key} is not at or below ${prefix}`);
  }

  #fold(event: WatchEvent): void {
    this.events.push(event);
    if (event.kind === "snapshot") {
      this.entries.clear();
      for (const entry of event.entries) this.entries.set(entry.key, entry);
    } else {
      for (const change of event.changes)
        if (change.kind === "put") this.entries.set(change.entry.key, change.entry);
        else this.entries.delete(change.key);
    }
    this.sizes.push(this.entries.size);
  }
}

function keysOf(event: WatchEvent): string[] {
  if (event.kind === "snapshot") return event.entries.map(({ key }) => key);
  return event.changes.map((change) => (change.kind === "put" ? change.entry.key : change.key));
}
