import pc from "picocolors";

/** Who speaks on the launcher's output: each has a name, and a colour where there are colours. */
export class Voices {
  readonly #write: (line: string) => void;
  readonly #width: number;
  #next = 0;

  constructor(names: readonly string[], write: (line: string) => void) {
    this.#write = write;
    this.#width = Math.max(...names.map(({ length }) => length));
  }

  /** The way for one name to print its lines. */
  of(name: string): (line: string) => void {
    const colour = colours[this.#next++ % colours.length] as (text: string) => string;
    const mark = colour(`${name.padEnd(this.#width)} │`);
    return (line) => this.#write(`${mark} ${line}`);
  }
}

const colours = [pc.cyan, pc.green, pc.yellow, pc.magenta, pc.blue];
