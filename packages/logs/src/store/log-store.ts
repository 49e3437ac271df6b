import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Lock } from "@skylark/coordination/internal";
import { type Log, SkylarkError, silentLog } from "@skylark/core";
import { type Clock, systemClock } from "@skylark/core/internal";
import type { LineSource, SentLine } from "../line/line.js";
import { type Disk, systemDisk } from "./disk.js";
import type { Appended } from "./fresh-lines.js";
import { LogWriter, type Rotation } from "./log-writer.js";
import { findLog } from "./opening.js";
import type { Segments } from "./segments.js";

export interface LogStoreOptions {
  /** Made where there is none. One process at a time has it. */
  readonly folder: string;
  readonly rotation?: Partial<Rotation> | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
  readonly disk?: Disk | undefined;
}

const defaultRotation: Rotation = { segmentBytesMax: 16 * 1024 * 1024, segmentsMax: 64 };

/** The lines on the disk. Whoever opens it closes it. */
export class LogStore implements AsyncDisposable {
  readonly folder: string;
  /** For readers. */
  readonly segments: Segments;
  readonly #lock: Lock;
  readonly #writer: LogWriter;
  readonly #closing = new AbortController();

  private constructor(folder: string, lock: Lock, segments: Segments, writer: LogWriter) {
    this.folder = folder;
    this.#lock = lock;
    this.segments = segments;
    this.#writer = writer;
  }

  /**
   * Fails `failed_precondition` where another process has the folder, `permission_denied` where this one may not write
   * there, `invalid_argument` where the rotation makes no sense.
   */
  static async open({
    folder,
    log = silentLog,
    clock = systemClock,
    disk = systemDisk,
    ...options
  }: LogStoreOptions): Promise<LogStore> {
    const rotation = checkedRotation({ ...defaultRotation, ...options.rotation });
    const lock = await lockOf(folder);
    try {
      const found = await findLog(folder, log);
      const writer = await LogWriter.open(found, { folder, rotation, disk, clock, log });
      return new LogStore(folder, lock, found.segments, writer);
    } catch (thrown) {
      lock.release();
      throw unusable(folder, thrown);
    }
  }

  /** Aborts when it closes, with the error that its readers then fail with. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Keeps the lines of one instance that are not kept yet: those whose sequence is beyond its last. Resolves when they are
   * written. Fails `resource_exhausted` where the disk is full, `unavailable` where it fails; then none was kept.
   */
  append(source: LineSource, lines: readonly SentLine[]): Promise<Appended> {
    return this.#writer.append(source, lines);
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new SkylarkError("unavailable", "the log is closing"));
    await this.#writer.close();
    this.#lock.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The kernel's lock: it is free again the moment its holder is gone, however it went. */
async function lockOf(folder: string): Promise<Lock> {
  const path = join(folder, "lock");
  let lock: Lock | undefined;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    lock = Lock.tryAcquire(path);
  } catch (thrown) {
    throw unusable(folder, thrown);
  }
  if (lock) return lock;
  const holder = Lock.holder(path);
  const who = holder === undefined ? "another process" : `process ${holder}`;
  throw new SkylarkError(
    "failed_precondition",
    `${who} keeps its log in ${folder} already: end it, or give this one a folder of its own`,
  );
}

function unusable(folder: string, thrown: unknown): SkylarkError {
  if (thrown instanceof SkylarkError) return thrown;
  const { message } = SkylarkError.from(thrown);
  const denied = thrown instanceof Error && "code" in thrown && denials.has(String(thrown.code));
  return new SkylarkError(
    denied ? "permission_denied" : "failed_precondition",
    `no log can be kept in ${folder}: ${message}`,
    {
      cause: thrown,
    },
  );
}

const denials = new Set(["EACCES", "EPERM", "EROFS"]);

function checkedRotation(rotation: Rotation): Rotation {
  for (const [name, least] of [
    ["segmentBytesMax", 1],
    ["segmentsMax", 2],
  ] as const) {
    if (Number.isInteger(rotation[name]) && rotation[name] >= least) continue;
    throw new SkylarkError(
      "invalid_argument",
      `rotation.${name} is ${rotation[name]}: a whole number from ${least} on`,
    );
  }
  return rotation;
}
