import type { Coordination } from "@skylark/coordination";
import type { Log } from "@skylark/core";
import { type GlobalOptions, type SystemSettings, systemSettings } from "./options/global-options.js";
import { jsonText } from "./output/json.js";
import { type Column, tableText } from "./output/table.js";
import type { Terminal } from "./output/terminal.js";
import { joinedStore } from "./system/joined-store.js";
import { LiveSystem } from "./system/live-system.js";
import { within } from "./system/within.js";

/** What one run of a command has. Whoever runs the command disposes it. */
export class CommandContext implements AsyncDisposable {
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly settings: SystemSettings;
  #system: Promise<LiveSystem> | undefined;
  #store: Promise<Coordination> | undefined;

  /** Fails as a usage error where a setting is wrong. */
  constructor(terminal: Terminal, options: GlobalOptions) {
    this.terminal = terminal;
    this.json = options.json === true;
    this.settings = systemSettings(options, terminal.env);
  }

  /** The running system. Fails NothingFound where none is running. */
  system(): Promise<LiveSystem> {
    this.#system ??= LiveSystem.open({ ...this.settings, log: this.#log });
    return this.#system;
  }

  /** The store alone; an embedded one that nobody hosts is hosted meanwhile. Fails NothingFound where there is none. */
  store(unhosted: "host" | "make" = "host"): Promise<Coordination> {
    this.#store ??= joinedStore({ ...this.settings, log: this.#log, unhosted });
    return this.#store;
  }

  /** What every operation of the store is given. */
  get patience(): { readonly timeoutMs: number } {
    return { timeoutMs: this.settings.timeoutMs };
  }

  /** A result: its documented shape with `--json`, words for people without. */
  print(shape: unknown, words: () => string): void {
    this.terminal.out(this.json ? jsonText(shape) : words());
  }

  /** A word for people only, beside the result. */
  remark(text: string): void {
    if (!this.json) this.terminal.err(`${text}\n`);
  }

  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
    return tableText(rows, columns, this.terminal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const system = await this.#system?.catch(() => undefined);
    await system?.[Symbol.asyncDispose]();
    const store = await this.#store?.catch(() => undefined);
    if (store) await within(goodbyeMs, "the store did not answer", store.close()).catch(() => {}); // its session ends by itself
  }

  readonly #log: Log = (level, message, fields) => {
    const least = this.settings.logLevel;
    if (least === undefined || levels.indexOf(level) < levels.indexOf(least)) return;
    this.terminal.err(`${level} ${message}${fields ? ` ${JSON.stringify(fields)}` : ""}\n`);
  };
}

/** How long leaving the store may take: a host that commits what waits, or one that does not answer. */
const goodbyeMs = 2000;

const levels = ["debug", "info", "warn", "error"] as const;
