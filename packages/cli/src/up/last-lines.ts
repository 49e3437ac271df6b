/** What a process said last: enough to see why it failed. */
export class LastLines {
  readonly #lines: string[] = [];

  get all(): readonly string[] {
    return [...this.#lines];
  }

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > linesMax) this.#lines.shift();
  }

  clear(): void {
    this.#lines.length = 0;
  }
}

const linesMax = 15;
