import type { Colours } from "../output/terminal.js";

/** Who speaks on the output: each has a name, aligned with the others, and a colour where there are colours. */
export class Voices {
  readonly #marks: ReadonlyMap<string, string>;

  constructor(names: readonly string[], { cyan, green, yellow, magenta, blue }: Colours) {
    const width = Math.max(...names.map(({ length }) => length));
    const colours = [cyan, green, yellow, magenta, blue];
    this.#marks = new Map(
      names.map((name, index) => [name, colours[index % colours.length]?.(`${name.padEnd(width)} │`) ?? name]),
    );
  }

  /** A line as one of them says it. */
  line(name: string, words: string): string {
    return `${this.#marks.get(name) ?? name} ${words}\n`;
  }
}
