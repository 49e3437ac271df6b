import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogLevel } from "@skylark/core";
import { Application, type ApplicationOptions } from "skylark";
import { expect, onTestFinished } from "vitest";
import { LeakCheck } from "./leak-check.js";

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Record<string, unknown> | undefined;
}

/** An application of a test, as its options may say otherwise. */
export type WorldApplicationOptions = Omit<ApplicationOptions, "log">;

/**
 * The applications of one test: processes as others see them, here in one, over a store and a home of their own. When the
 * test is over, all are closed and nothing of them is left.
 */
export class World {
  readonly home = mkdtempSync(join(tmpdir(), "sky-"));
  /** What all of them said, in order. */
  readonly said: LogLine[] = [];
  readonly #leaks = new LeakCheck();
  readonly #applications: Application[] = [];

  constructor() {
    onTestFinished(() => this.#end());
  }

  application({ settings, ...options }: WorldApplicationOptions = {}): Application {
    const application = new Application({
      ...options,
      settings: { home: this.home, ...settings },
      log: (level, message, fields) => void this.said.push({ level, message, fields }),
    });
    this.#applications.push(application);
    return application;
  }

  /** What was said at this level or above, `warn` where none is named. */
  complaints(...levels: readonly LogLevel[]): readonly string[] {
    const wanted: readonly LogLevel[] = levels.length > 0 ? levels : ["warn", "error"];
    return this.said.filter(({ level }) => wanted.includes(level)).map(({ message }) => message);
  }

  async #end(): Promise<void> {
    // the first hosts the store: it goes last, so that the others find it when they leave
    for (const application of this.#applications.toReversed()) await application.close();
    const left = await this.#leaks.left();
    rmSync(this.home, { recursive: true, force: true });
    expect(left).toEqual([]);
  }
}
