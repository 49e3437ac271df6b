import type { LineLevel } from "../line/level.js";
import type { LineFields, SentLine } from "../line/line.js";

/** What a line is before it is counted. */
export interface WrittenLine {
  readonly time: string;
  readonly level: LineLevel;
  readonly message: string;
  readonly request?: string | undefined;
  readonly fields?: LineFields | undefined;
}

export interface WaitingLimits {
  readonly linesMax: number;
  readonly bytesMax: number;
}

/** Lines that go out together. */
export interface Batch {
  readonly lines: readonly SentLine[];
  /** Lines of this process that are in it: all but the one that says how many were dropped. */
  readonly own: number;
}

interface Waiting {
  readonly line: SentLine;
  readonly bytes: number;
}

/**
 * Lines that wait for the log service, at most so many and so heavy: beyond that the oldest are dropped, counted, and told in
 * a line that stands where they would. That line has the number of the last of them, so that the numbers rise without a
 * second count.
 */
export class WaitingLines {
  readonly #limits: WaitingLimits;
  #lines: Waiting[] = [];
  /** Those before it have left; the list is shortened now and then. */
  #head = 0;
  #bytes = 0;
  #lastSequence = 0;
  #dropped = 0;
  #untold = 0;

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#lines.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  add(written: WrittenLine): void {
    const line = { ...written, sequence: ++this.#lastSequence };
    const bytes = weightOf(written);
    this.#lines.push({ line, bytes });
    this.#bytes += bytes;
    while (this.size > 1 && (this.size > this.#limits.linesMax || this.#bytes > this.#limits.bytesMax)) {
      this.#leave();
      this.#drop(1);
    }
  }

  /** The oldest, up to these limits; at least one where any waits. `time`: now, for the line that tells of dropped ones. */
  take(limits: WaitingLimits, time: string): Batch {
    const lines: SentLine[] = [];
    const first = this.#lines[this.#head];
    if (first && this.#untold > 0) lines.push(this.#told(first.line.sequence - 1, time));
    let bytes = 0;
    let own = 0;
    for (let next = first; next && own < limits.linesMax; next = this.#lines[this.#head]) {
      bytes += next.bytes;
      if (own > 0 && bytes > limits.bytesMax) break;
      this.#leave();
      lines.push(next.line);
      own++;
    }
    return { lines, own };
  }

  /** A batch was refused for good: its lines are as lost as those that found no room. */
  refused({ own, lines }: Batch): void {
    this.#drop(own);
    const [first] = lines;
    if (first && lines.length > own) this.#untold += droppedCountOf(first);
  }

  #told(sequence: number, time: string): SentLine {
    const dropped = this.#untold;
    this.#untold = 0;
    const what = dropped === 1 ? "1 line was" : `${dropped} lines were`;
    const message = `${what} dropped here: the log service did not take more, and no more could wait for it`;
    return { time, sequence, level: "warn", message, fields: { dropped } };
  }

  #drop(lines: number): void {
    this.#dropped += lines;
    this.#untold += lines;
  }

  #leave(): void {
    this.#bytes -= this.#lines[this.#head]?.bytes ?? 0;
    this.#head++;
    if (this.#head < shortenedAt || this.#head * 2 < this.#lines.length) return;
    this.#lines = this.#lines.slice(this.#head);
    this.#head = 0;
  }
}

const shortenedAt = 1024;

function droppedCountOf({ fields }: SentLine): number {
  const dropped = fields?.["dropped"];
  return typeof dropped === "number" ? dropped : 0;
}

/** About what it takes in memory: letters of two bytes, and the objects around them. */
function weightOf({ message, fields, request }: WrittenLine): number {
  const more = fields === undefined ? 0 : JSON.stringify(fields).length;
  return lineOverhead + 2 * (message.length + (request?.length ?? 0) + more);
}

const lineOverhead = 200;
