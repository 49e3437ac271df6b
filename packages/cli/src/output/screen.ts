import type { Terminal } from "./terminal.js";

/**
 * Shows one text in the place of the one before. On a terminal by drawing over it, on a screen of its own, until `q` or
 * Ctrl-C; elsewhere one below the other, a line with the time between them. Whoever opens it disposes it: then the last text
 * stays on the terminal.
 */
export class Screen implements Disposable {
  /** Aborted when the person has seen enough. */
  readonly ended: AbortSignal;
  readonly #terminal: Terminal;
  readonly #leaveKeys: () => void;
  #text = "";
  #note = "";
  #isOpen = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    const quit = new AbortController();
    this.#leaveKeys = this.#isLive
      ? terminal.onKey((key) => {
          if (quitKeys.includes(key)) quit.abort();
        })
      : () => {};
    this.ended = AbortSignal.any([terminal.interruption(), quit.signal]);
  }

  show(text: string, at: Date): void {
    this.#text = text;
    if (this.#isLive) return this.#draw();
    this.#terminal.out(`── ${at.toTimeString().slice(0, 8)} ──\n${text}`);
  }

  /** A word below the text, until another comes or an empty one. */
  note(note: string): void {
    this.#note = note;
    if (this.#isLive) this.#draw();
    else if (note !== "") this.#terminal.err(`${note}\n`);
  }

  [Symbol.dispose](): void {
    this.#leaveKeys();
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#terminal.out(`${codes.showCursor}${codes.leave}${this.#text}`);
  }

  get #isLive(): boolean {
    return this.#terminal.columns !== undefined;
  }

  /** In one write, and without clearing first: so it does not flicker. */
  #draw(): void {
    const { columns = 80, rows = 24 } = this.#terminal;
    const lines = this.#text.replace(/\n$/, "").split("\n");
    const foot = this.#note === "" ? [] : ["", this.#note];
    const room = Math.max(1, rows - foot.length - 1);
    const shown =
      lines.length <= room ? lines : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines`];
    const drawn = [...shown, ...foot].map((line) => `${clipped(line, columns)}${codes.restOfLine}\n`).join("");
    const open = this.#isOpen ? "" : `${codes.enter}${codes.hideCursor}`;
    this.#isOpen = true;
    this.#terminal.out(`${open}${codes.home}${drawn}${codes.restOfScreen}`);
  }
}

const quitKeys: readonly string[] = ["q", "Q", "\u0003", "\u001b"]; // Ctrl-C comes as a key here; Escape

/** ECMA-48, and what xterm added to it. */
const codes = {
  enter: "\u001b[?1049h",
  leave: "\u001b[?1049l",
  hideCursor: "\u001b[?25l",
  showCursor: "\u001b[?25h",
  home: "\u001b[H",
  restOfLine: "\u001b[K",
  restOfScreen: "\u001b[J",
} as const;

/** At most so many letters of a line; colours do not count, and end with it. */
export function clipped(line: string, columns: number): string {
  let room = columns;
  let clippedLine = "";
  for (const part of line.split(colour)) {
    if (part.startsWith("\u001b")) {
      clippedLine += part;
      continue;
    }
    const letters = Array.from(part);
    clippedLine += letters.slice(0, room).join("");
    room = Math.max(0, room - letters.length);
  }
  return clippedLine;
}

// oxlint-disable-next-line no-control-regex -- colours are such characters
const colour = /(\u001b\[[0-9;]*m)/;
