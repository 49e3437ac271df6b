import { Console } from "node:console";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { LogLevel } from "@skylark/core";
import { type OpenLogs, type OpenLogsOptions, openLogs } from "@skylark/logs";
import { Application, type ApplicationOptions } from "skylark";
import { onTestFinished } from "vitest";
import type { LogLine } from "../../src/line/line.js";
import { LogStore } from "../../src/store/log-store.js";
import { read } from "./kept.js";

/** The processes of one test, here in one, and a folder for the log. They end with the test. */
export class System {
  readonly home = mkdtempSync(join(tmpdir(), "skylark-logs-system-"));
  readonly folder = join(this.home, "log");
  /** What the framework said in all of them. */
  readonly said: { readonly level: LogLevel; readonly message: string }[] = [];
  readonly #applications: Application[] = [];

  constructor() {
    onTestFinished(async () => {
      // the first hosts the store: it goes last
      for (const application of this.#applications.toReversed()) await application.close();
      rmSync(this.home, { recursive: true, force: true });
    });
  }

  application(name: string, settings: ApplicationOptions["settings"] = {}): Application {
    const application = new Application({
      name,
      settings: { home: this.home, drainNoticeMs: 200, ...settings },
      log: (level, message) => void this.said.push({ level, message }),
    });
    this.#applications.push(application);
    return application;
  }

  /** A log service in a process of its own. */
  logs(options: Partial<OpenLogsOptions> = {}): Promise<OpenLogs> {
    return openLogs({ application: this.application("log"), folder: this.folder, ...options });
  }

  /** What was kept, once the log service has gone. */
  async kept(): Promise<LogLine[]> {
    await using store = await LogStore.open({ folder: this.folder });
    return await read(store);
  }
}

/** A console that prints into nothing. */
export function mutedConsole(): Console {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  return new Console({ stdout: stream, stderr: stream });
}

/** Asks again until it holds; the test's own timeout ends the wait. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}
