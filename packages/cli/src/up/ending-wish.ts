import type { EndingWord } from "../output/terminal.js";

/** What a word to end comes to. */
export type Wish = "endInOrder" | "endAtOnce" | "nothing";

/** Tells a second word from the first said twice: a Ctrl-C comes from the terminal, and again from npm. */
export class EndingWish {
  readonly #now: () => number;
  #first: { readonly word: EndingWord; readonly at: number } | undefined;

  /** `now`: milliseconds of a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  heard(word: EndingWord): Wish {
    const at = this.#now();
    if (!this.#first) {
      this.#first = { word, at };
      return "endInOrder";
    }
    if (word === "unread" || this.#first.word === "unread") return "nothing"; // nobody there to be impatient
    return word === this.#first.word && at - this.#first.at < sameWordMs ? "nothing" : "endAtOnce";
  }
}

const sameWordMs = 500;
