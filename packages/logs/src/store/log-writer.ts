import { rm } from "node:fs/promises";
import { isFull } from "@skylark/coordination/internal";
import { type Log, SkylarkError } from "@skylark/core";
import { type Clock, type Deferred, deferred } from "@skylark/core/internal";
import type { LineSource, SentLine } from "../line/line.js";
import { BlockIndex } from "./block-index.js";
import { type Disk, type DiskFile, writeAll } from "./disk.js";
import { type Appended, FreshLines } from "./fresh-lines.js";
import { LastSequences } from "./last-sequences.js";
import type { FoundLog } from "./opening.js";
import { type KnownSegment, segmentPath } from "./segment.js";
import { removeSummary, writeSummary } from "./segment-summary.js";
import type { Segments } from "./segments.js";

/** When a segment is full, and how many are kept. */
export interface Rotation {
  /** Default: 16 MiB. */
  readonly segmentBytesMax: number;
  /** Default: 64. The oldest is deleted for a new one. */
  readonly segmentsMax: number;
}

export interface LogWriterOptions {
  readonly folder: string;
  readonly rotation: Rotation;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
}

/** Batches wait while one is written; more than this is refused, and stays with its senders. */
const waitingBytesMax = 32 * 1024 * 1024;
/** Batches that wait are written together, up to so much. */
const writeBytesTarget = 1024 * 1024;

interface Waiting {
  readonly source: LineSource;
  readonly lines: readonly SentLine[];
  readonly bytes: number;
  readonly outcome: Deferred<Appended>;
}

/** The segment that grows. */
interface Growing extends KnownSegment {
  readonly file: DiskFile;
  /** `torn`: a write failed half-way; what it left is cut off before the next. */
  tail: "whole" | "torn";
}

type WriterState =
  | { readonly kind: "resting" }
  | { readonly kind: "writing"; readonly ended: Promise<void> }
  | { readonly kind: "closed" };

/** The one that writes: what is appended while it writes is written together next. Owned by the log's store. */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #segments: Segments;
  readonly #sequences: LastSequences;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #growing: Growing | undefined;
  #state: WriterState = { kind: "resting" };
  #disk: "well" | "failing" = "well";

  private constructor({ segments, sequences }: FoundLog, growing: Growing | undefined, options: LogWriterOptions) {
    this.#segments = segments;
    this.#sequences = sequences;
    this.#growing = growing;
    this.#options = options;
  }

  static async open(found: FoundLog, options: LogWriterOptions): Promise<LogWriter> {
    const { newest } = found;
    const growing = newest && { ...newest, file: await options.disk.open(newest.segment.path), tail: "whole" as const };
    return new LogWriter(found, growing, options);
  }

  /**
   * Writes the lines that are not known yet. Fails `resource_exhausted` where the disk is full or too much waits for it,
   * `unavailable` where it fails otherwise; then none of these lines was kept, and the next append tries again.
   */
  append(source: LineSource, lines: readonly SentLine[]): Promise<Appended> {
    if (this.#state.kind === "closed") return Promise.reject(closedError());
    const bytes = weightOf(lines);
    if (this.#waitingBytes + bytes > waitingBytesMax) return Promise.reject(slowDisk(this.#options.folder));
    const outcome = deferred<Appended>();
    this.#waiting.push({ source, lines, bytes, outcome });
    this.#waitingBytes += bytes;
    if (this.#state.kind === "resting") this.#state = { kind: "writing", ended: this.#writeAll() };
    return outcome.promise;
  }

  /** Writes what waits, and lets go of the file. */
  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: "closed" };
    if (state.kind === "writing") await state.ended;
    await this.#growing?.file.close();
    this.#growing = undefined;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const together = this.#takeTogether();
      try {
        await this.#write(together);
      } catch (thrown) {
        const error = this.#failed(thrown);
        for (const { outcome } of together) outcome.reject(error);
      }
    }
    if (this.#state.kind === "writing") this.#state = { kind: "resting" };
  }

  #takeTogether(): Waiting[] {
    let bytes = 0;
    const next = this.#waiting.findIndex((each) => (bytes += each.bytes) >= writeBytesTarget);
    const together = this.#waiting.splice(0, next === -1 ? this.#waiting.length : next + 1);
    for (const each of together) this.#waitingBytes -= each.bytes;
    return together;
  }

  async #write(together: readonly Waiting[]): Promise<void> {
    const batch = new FreshLines(this.#sequences, new Date(this.#options.clock.wallNow()).toISOString());
    const outcomes = together.map(({ source, lines }) => batch.add(source, lines));
    if (batch.lines.length > 0) await this.#append(batch);
    for (const [at, { outcome }] of together.entries()) outcome.resolve(outcomes[at] as Appended);
  }

  async #append(batch: FreshLines): Promise<void> {
    const bytes = Buffer.from(batch.text);
    const { file, segment, sequences } = await this.#roomFor(bytes.length);
    await writeAll(file, bytes, segment.index.bytes);
    this.#wrote();
    for (const { bytes, time } of batch.lines) segment.index.add(bytes, time);
    for (const [instance, sequence] of batch.sequences) {
      sequences.note(instance, sequence);
      this.#sequences.note(instance, sequence);
    }
    this.#segments.growth.wake();
  }

  async #roomFor(bytes: number): Promise<Growing> {
    const growing = this.#growing;
    const held = growing?.segment.index.bytes ?? 0;
    if (growing?.tail === "torn") {
      await growing.file.truncate(held);
      growing.tail = "whole";
    }
    if (growing && (held === 0 || held + bytes <= this.#options.rotation.segmentBytesMax)) return growing;
    return await this.#next(growing);
  }

  async #next(full: Growing | undefined): Promise<Growing> {
    const { folder, disk, rotation } = this.#options;
    const firstOrdinal = this.#segments.end;
    const path = segmentPath(folder, firstOrdinal);
    const file = await disk.open(path);
    const segment = { path, index: new BlockIndex(firstOrdinal) };
    this.#growing = { segment, sequences: new LastSequences(), file, tail: "whole" };
    this.#segments.add(segment);
    if (full) await this.#seal(full);
    while (this.#segments.list.length > rotation.segmentsMax) await this.#removeOldest();
    return this.#growing;
  }

  /** Nothing is lost where this fails: the next start reads the segment instead. */
  async #seal(full: Growing): Promise<void> {
    try {
      await writeSummary(full);
      await full.file.close();
    } catch (thrown) {
      this.#tell("warn", `no summary of ${full.segment.path} was written: ${SkylarkError.from(thrown).message}`);
    }
  }

  async #removeOldest(): Promise<void> {
    const oldest = this.#segments.removeOldest();
    if (!oldest) return;
    try {
      await rm(oldest.path, { force: true });
      await removeSummary(oldest.path);
    } catch (thrown) {
      this.#tell("warn", `${oldest.path} could not be deleted: ${SkylarkError.from(thrown).message}`);
    }
  }

  #wrote(): void {
    if (this.#disk === "failing") this.#tell("info", `lines are written to ${this.#options.folder} again`);
    this.#disk = "well";
  }

  #failed(thrown: unknown): SkylarkError {
    if (this.#growing) this.#growing.tail = "torn";
    const { folder } = this.#options;
    const error = isFull(thrown)
      ? new SkylarkError(
          "resource_exhausted",
          `the disk of the log in ${folder} is full: make room, or keep fewer segments`,
          { cause: thrown },
        )
      : new SkylarkError(
          "unavailable",
          `lines could not be written to ${folder}: ${SkylarkError.from(thrown).message}`,
          { cause: thrown },
        );
    if (this.#disk === "well") this.#tell("error", error.message);
    this.#disk = "failing";
    return error;
  }

  #tell(...words: Parameters<Log>): void {
    this.#options.log(...words);
  }
}

/** About what they take in memory while they wait. */
function weightOf(lines: readonly SentLine[]): number {
  let weight = 0;
  for (const { message } of lines) weight += lineOverhead + message.length;
  return weight;
}

const lineOverhead = 200;

function slowDisk(folder: string): SkylarkError {
  const message = `more lines arrive than the disk of the log in ${folder} takes: ${waitingBytesMax} bytes wait for it`;
  return new SkylarkError("resource_exhausted", message, { notExecuted: true });
}

function closedError(): SkylarkError {
  return new SkylarkError("unavailable", "the log is closed", { notExecuted: true });
}
