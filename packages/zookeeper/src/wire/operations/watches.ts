import type { JuteWriter } from "../jute-writer.js";
import { operation, readNothing } from "../operation.js";

/** Watches that do not end when they fire. Since 3.6. */
export const addWatchModes = { persistent: 0, persistentRecursive: 1 } as const;

/** Which watches of a path `removeWatches` and `checkWatches` mean. `any` includes persistent ones. */
export const watcherKinds = { children: 1, data: 2, any: 3 } as const;

export interface SetWatchesRequest {
  /** What changed since this transaction fires at once. */
  readonly relativeZxid: bigint;
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly children: readonly string[];
}

export interface SetWatches2Request extends SetWatchesRequest {
  readonly persistent: readonly string[];
  readonly persistentRecursive: readonly string[];
}

export interface AddWatchRequest {
  readonly path: string;
  /** One of `addWatchModes`. */
  readonly mode: number;
}

export interface WatcherRequest {
  readonly path: string;
  /** One of `watcherKinds`. */
  readonly kind: number;
}

function writeSetWatches(writer: JuteWriter, request: SetWatchesRequest): void {
  writer.long(request.relativeZxid);
  writer.texts(request.data);
  writer.texts(request.exist);
  writer.texts(request.children);
}

function writeSetWatches2(writer: JuteWriter, request: SetWatches2Request): void {
  writeSetWatches(writer, request);
  writer.texts(request.persistent);
  writer.texts(request.persistentRecursive);
}

function writeAddWatch(writer: JuteWriter, { path, mode }: AddWatchRequest): void {
  writer.text(path);
  writer.int(mode);
}

function writeWatcher(writer: JuteWriter, { path, kind }: WatcherRequest): void {
  writer.text(path);
  writer.int(kind);
}

/** Goes with the number `specialXids.setWatches`. */
export const setWatches = operation("setWatches", writeSetWatches, readNothing);
/** The same with persistent watches, since 3.6. */
export const setWatches2 = operation("setWatches2", writeSetWatches2, readNothing);
/** The answer has a body of its own error number only, which its header repeats. */
export const addWatch = operation("addWatch", writeAddWatch, readNothing);
export const removeWatches = operation("removeWatches", writeWatcher, readNothing);
/** Succeeds where such a watch is set, else `no_watcher`. */
export const checkWatches = operation("checkWatches", writeWatcher, readNothing);
