import type { Log, LogLevel } from "@skylark/core";
import { randomId, systemClock, systemRandom } from "@skylark/core/internal";
import { requestId } from "@skylark/rpc";
import { type Application, connect } from "skylark";
import { Logs } from "../contract.js";
import { boundedFields, boundedMessage, boundedName } from "../line/bounds.js";
import { type LineLevel, levelRanks } from "../line/level.js";
import type { LineFields, SentLine } from "../line/line.js";
import { captureConsole } from "./console-capture.js";
import { Delivery, type DeliveryEvent, type SendAttempt } from "./delivery.js";
import { capturePino, type PinoLogger } from "./pino-capture.js";

export interface RedirectLogsOptions {
  /** Whose calls bring the lines there, and whose name and instance they carry. Closing it closes the redirection first. */
  readonly application: Application;
  /** Listen to `console`, or to another one. Default: true. */
  readonly console?: boolean | Console | undefined;
  /** Listen to these loggers and their children. */
  readonly pino?: PinoLogger | readonly PinoLogger[] | undefined;
  /** Listen to what the framework says, from the setting `logLevel` on. Default: true. */
  readonly framework?: boolean | undefined;
  /** Whether what is redirected is still printed where it was. Default: true. */
  readonly echo?: boolean | undefined;
  /** Who the lines are from. Default: the application's name. */
  readonly origin?: string | undefined;
  /** Lines that may wait while the log service is away; then the oldest are dropped. Default: 10,000. */
  readonly waitingLinesMax?: number | undefined;
  /** What they may weigh, in bytes of memory. Default: 8 MiB. */
  readonly waitingBytesMax?: number | undefined;
  /** How long closing may take to deliver what waits. Default: 2000 ms. */
  readonly closeWithinMs?: number | undefined;
}

/** A process's words on their way to the log service. Whoever asks for it closes it, or the application whose it is. */
export interface LogRedirection extends AsyncDisposable {
  /** Random for each redirection; begins with the application's instance. Lines carry it. */
  readonly instance: string;
  readonly status: "delivering" | "away" | "closed";
  /** Lines that the log service has not said to have. */
  readonly waiting: number;
  /** Lines that were dropped because too many waited. */
  readonly dropped: number;
  /** Words of any other logger: sent like those that are listened to, and printed nowhere. Never blocks, never fails. */
  readonly log: (level: LineLevel, message: string, fields?: LineFields) => void;
  /** Leaves `console` and loggers as they were, and delivers what waits, within `closeWithinMs`. Says what was lost. */
  close(): Promise<{ readonly lost: number }>;
}

/**
 * Sends what this process says to the log service: `console`, pino, the framework. Lines go in batches, never block who
 * writes them, and wait in memory while the service is away; when it is back it has them, and the number of those that were
 * dropped. A request's id goes with lines that were written while it was served.
 *
 * A process that ends without closing, by `process.exit` or a crash, loses the lines of its last 50 ms, and those that wait.
 *
 * @example
 * const redirection = redirectLogs({ application: application(), pino: logger });
 */
export function redirectLogs(options: RedirectLogsOptions): LogRedirection {
  return new Redirection(options);
}

/** How long the log service may take to answer one batch, or to come back. */
const sendTimeoutMs = 5000;

class Redirection implements LogRedirection {
  readonly instance: string;
  readonly #options: RedirectLogsOptions;
  readonly #delivery: Delivery;
  readonly #release: readonly (() => void)[];
  #client: ReturnType<typeof connectTo> | undefined;
  /** While it speaks itself, it does not listen: words about delivery would want to be delivered. */
  #listensTo: "all" | "nothing" = "all";
  #closed: Promise<{ readonly lost: number }> | undefined;

  constructor(options: RedirectLogsOptions) {
    const { application, waitingLinesMax: linesMax = 10_000, waitingBytesMax: bytesMax = 8 * 1024 * 1024 } = options;
    this.#options = options;
    this.instance = `${application.instance}-${randomId(4)}`;
    this.#delivery = new Delivery({
      clock: systemClock,
      random: systemRandom,
      waiting: { linesMax, bytesMax },
      send: (lines, attempt) => this.#send(lines, attempt),
      told: (event) => this.#tell(event),
    });
    this.#release = this.#listen();
    this.#connected().catch(() => {}); // told with the first batch
  }

  get status(): LogRedirection["status"] {
    return this.#delivery.status;
  }

  get waiting(): number {
    return this.#delivery.waiting;
  }

  get dropped(): number {
    return this.#delivery.dropped;
  }

  readonly log = (level: LineLevel, message: string, fields?: LineFields): void =>
    this.#written(level, message, fields);

  close(): Promise<{ readonly lost: number }> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<{ readonly lost: number }> {
    for (const release of this.#release) release();
    const lost = await this.#delivery.close(this.#options.closeWithinMs ?? 2000);
    if (lost > 0) this.#say("warn", `${lost} log lines were not delivered: the log service did not take them in time`);
    return { lost };
  }

  #listen(): (() => void)[] {
    const { application, console: from = true, pino = [], framework = true, echo = true } = this.#options;
    const release: (() => void)[] = [];
    try {
      for (const logger of [pino].flat() as readonly PinoLogger[]) {
        const heard = capturePino(
          logger,
          ({ time, level, message, fields }) => this.#written(level, message, fields, time),
          { echo },
        );
        release.push(heard);
      }
    } catch (thrown) {
      for (const each of release) each();
      throw thrown;
    }
    if (from !== false) {
      const target = from === true ? globalThis.console : from;
      release.push(captureConsole(target, (level, message) => this.#written(level, message), { echo }));
    }
    const heard = framework ? this.#frameworkLog(application.settings.values.logLevel) : undefined;
    release.push(application.accompany({ heard, leaving: async () => void (await this.close()) }));
    return release;
  }

  #frameworkLog(least: LogLevel): Log {
    return (level, message, fields) => {
      if (levelRanks[level] >= levelRanks[least]) this.#written(level, message, fields);
    };
  }

  #written(level: LineLevel, message: string, fields?: LineFields, time = new Date().toISOString()): void {
    if (this.#listensTo === "nothing") return;
    this.#delivery.add({
      time,
      level,
      message: boundedMessage(message),
      request: requestId(),
      fields: fields && boundedFields(fields),
    });
  }

  async #send(lines: readonly SentLine[], { signal, wait }: SendAttempt): Promise<void> {
    const { application, origin = application.name } = this.#options;
    const client = await this.#connected();
    const once = client.with({ wait, timeoutMs: sendTimeoutMs, signal });
    await once.append({ origin: boundedName(origin), instance: this.instance, lines: [...lines] });
  }

  #connected(): ReturnType<typeof connectTo> {
    if (!this.#client) {
      this.#client = connectTo(this.#options.application);
      this.#client.catch(() => {
        this.#client = undefined; // the next batch may try again
      });
    }
    return this.#client;
  }

  #tell(event: DeliveryEvent): void {
    if (event.kind === "away") {
      this.#say("warn", `the log service is away, lines wait for it: ${event.why.message}`);
    } else if (event.kind === "back") {
      const dropped = event.dropped > 0 ? `; ${event.dropped} lines were dropped so far` : "";
      this.#say("info", `the log service is back and has what waited${dropped}`);
    } else {
      this.#say("error", `the log service refused ${event.lines} lines for good: ${event.why.message}`);
    }
  }

  #say(level: LogLevel, message: string): void {
    this.#listensTo = "nothing";
    try {
      this.#options.application.log(level, message);
    } finally {
      this.#listensTo = "all";
    }
  }
}

function connectTo(application: Application) {
  return connect(Logs, { application });
}
