import type { DirectoryInstance } from "./directory-instance.js";
import { Selections, type Selector } from "./selection.js";

/** What a consumer knows of a service at one moment. Never changes: a change makes a new one. */
export interface Directory {
  readonly service: string;
  /** All of them, in rotation or not, doubted or not, sorted by key. */
  readonly instances: readonly DirectoryInstance[];
  /** An instant of the watch's clock: when the store last told something of the service, or was last in touch. */
  readonly heardAt: number;
  /** Whether the store was in touch when this directory was made: then it is true now, not only as of `heardAt`. */
  readonly inTouch: boolean;
  /** Whether the store has told the whole truth at least once. Before that, an absence means nothing. */
  readonly complete: boolean;
  /**
   * An instant of the watch's clock: the store has not spoken yet, and this is what an earlier process wrote down then.
   * Undefined where it is the store's word, or nobody's.
   */
  readonly rememberedSince?: number | undefined;
  readonly selections: Selections;
}

/** Those of a directory that fit, speak the native protocol, are in rotation and are not leaving. The same array for the same directory and question. */
export function select(directory: Directory, selector: Selector): readonly DirectoryInstance[] {
  return directory.selections.of(selector);
}

/** Takes what it is made of as it is; `instances` never changes afterwards. */
export function directoryOf(known: Omit<Directory, "selections">): Directory {
  const { service, instances, heardAt, inTouch, complete, rememberedSince } = known;
  const selections = new Selections(instances);
  return Object.freeze({ service, instances, heardAt, inTouch, complete, rememberedSince, selections });
}

/** What a consumer knows before it has heard anything. */
export function unheardDirectory(service: string, now: number): Directory {
  return directoryOf({ service, instances: Object.freeze([]), heardAt: now, inTouch: false, complete: false });
}
