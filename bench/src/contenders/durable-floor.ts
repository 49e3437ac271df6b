import { fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Contender } from "../contender.js";
import { connectFrames, serveFrames } from "./floor.js";

/**
 * The least that a durable write in Node can be: the bare socket's frames, appended to a file as JSON; what arrived in one
 * turn is written and synced once (group commit), then answered. No keys, no revisions, no sessions, no watches, no checksum.
 */
export const durableFloor: Contender = {
  packages: ["msgpackr"],
  serve() {
    const folder = mkdtempSync(join(tmpdir(), "skylark-bench-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    const log = new DurableLog(join(folder, "log"));
    return serveFrames((value, reply) => log.append(`${JSON.stringify(value)}\n`, () => reply(value)));
  },
  connect: connectFrames,
};

class DurableLog {
  readonly #fd: number;
  #lines: string[] = [];
  #appended: (() => void)[] = [];

  constructor(path: string) {
    this.#fd = openSync(path, "a");
  }

  /** Calls `appended` when the line is on the disk. */
  append(line: string, appended: () => void): void {
    if (this.#lines.length === 0) setImmediate(() => this.#commit());
    this.#lines.push(line);
    this.#appended.push(appended);
  }

  #commit(): void {
    const [lines, appended] = [this.#lines, this.#appended];
    this.#lines = [];
    this.#appended = [];
    writeSync(this.#fd, lines.join(""));
    fdatasyncSync(this.#fd);
    for (const each of appended) each();
  }
}
