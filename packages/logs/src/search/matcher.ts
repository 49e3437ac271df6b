import { levelRanks } from "../line/level.js";
import type { LogLine } from "../line/line.js";
import { fieldStart, fieldText } from "../line/line-text.js";
import type { Block } from "../store/block-index.js";
import type { LineFilter } from "./query.js";

/** A filter made ready: what it asks of a block, of bytes, and of a line. */
export class Matcher {
  readonly #filter: LineFilter;
  readonly #since: number;
  readonly #until: number;
  readonly #rank: number;
  readonly #text: string;
  readonly #hint: Hint | undefined;

  constructor(filter: LineFilter) {
    const { since, until, level, text = "" } = filter;
    this.#filter = filter;
    this.#since = since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since);
    this.#until = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
    this.#rank = level === undefined ? 0 : levelRanks[level];
    this.#text = text.toLowerCase();
    this.#hint = hintOf(filter);
  }

  /** False: no line of this block is old or young enough. */
  mayHold({ firstTime, lastTime }: Block): boolean {
    return lastTime >= this.#since && firstTime < this.#until;
  }

  /**
   * Finds bytes that every line has which fits: where they stand next, from `from` on, or -1 where they do not. Undefined: any
   * line may fit. Looking for bytes costs a hundredth of reading JSON.
   */
  finder(bytes: Buffer): ((from: number) => number) | undefined {
    const hint = this.#hint;
    if (!hint) return undefined;
    if (hint.kind === "exact") return (from) => bytes.indexOf(hint.bytes, from);
    const small = bytes.toString("latin1").toLowerCase(); // a letter for each byte, so that places are the same
    return (from) => small.indexOf(hint.text, from);
  }

  /** Every line of this block is old and young enough: need not be asked one by one. */
  spans({ firstTime, lastTime }: Block): boolean {
    return firstTime >= this.#since && lastTime < this.#until;
  }

  /** But for its time. */
  fits(line: LogLine): boolean {
    const { origin, instance, request } = this.#filter;
    if (levelRanks[line.level] < this.#rank) return false;
    if (origin !== undefined && line.origin !== origin) return false;
    if (instance !== undefined && !line.instance.startsWith(instance)) return false;
    if (request !== undefined && line.request !== request) return false;
    return this.#fitsText(line);
  }

  fitsTime({ time }: LogLine): boolean {
    const at = Date.parse(time);
    return at >= this.#since && at < this.#until;
  }

  #fitsText({ message, fields }: LogLine): boolean {
    if (this.#text === "" || message.toLowerCase().includes(this.#text)) return true;
    return fields !== undefined && JSON.stringify(fields).toLowerCase().includes(escaped(this.#text));
  }
}

type Hint = { readonly kind: "exact"; readonly bytes: Buffer } | { readonly kind: "anyCase"; readonly text: string };

/** The rarest first. */
function hintOf({ request, instance, origin, text }: LineFilter): Hint | undefined {
  if (request !== undefined) return exact(fieldText("request", request));
  if (instance !== undefined) return exact(fieldStart("instance", instance));
  if (origin !== undefined) return exact(fieldText("origin", origin));
  if (text === undefined || !isAscii(text)) return undefined; // other letters change their bytes with their case
  return { kind: "anyCase", text: escaped(text.toLowerCase()) };
}

function exact(text: string): Hint {
  return { kind: "exact", bytes: Buffer.from(text) };
}

/** As it stands within the quotes of a JSON text. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}
