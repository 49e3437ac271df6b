import type { LineSource, SentLine } from "../line/line.js";
import { lineText } from "../line/line-text.js";
import type { LastSequences } from "./last-sequences.js";

/** Those lines of several batches that are not known yet, as they are to be written. */
export class FreshLines {
  readonly lines: { readonly bytes: number; readonly time: number }[] = [];
  /** The last line in here of each instance: known once all are written. */
  readonly sequences = new Map<string, number>();
  readonly #known: LastSequences;
  readonly #received: string;
  readonly #texts: string[] = [];

  constructor(known: LastSequences, received: string) {
    this.#known = known;
    this.#received = received;
  }

  get text(): string {
    return this.#texts.join("");
  }

  add(source: LineSource, lines: readonly SentLine[]): Appended {
    const { instance } = source;
    let last = this.sequences.get(instance) ?? this.#known.of(instance);
    let kept = 0;
    for (const line of lines) {
      if (line.sequence <= last) continue;
      last = line.sequence;
      kept++;
      const text = lineText(source, line, this.#received);
      this.#texts.push(text);
      this.lines.push({ bytes: Buffer.byteLength(text), time: Date.parse(line.time) });
    }
    if (kept > 0) this.sequences.set(instance, last);
    return { kept, repeated: lines.length - kept };
  }
}

/** What became of lines that were sent. */
export interface Appended {
  /** Written, and handed to the operating system: they survive the death of this process. */
  readonly kept: number;
  /** Known already: they were sent before, and are kept once. */
  readonly repeated: number;
}
