import { type LogRedirection, redirectLogs } from "@skylark/logs";
import { Application, defineSettings, type LogLevel, loadSettings, SkylarkError, setting } from "skylark";

export interface PartOptions {
  readonly name: string;
  /** The one port of the part, for its services and for plain HTTP; `setting` is the variable that names another. */
  readonly port: { readonly number: number; readonly setting: string };
  /** Whether what it says goes to the log service as well. Default: true. */
  readonly logs?: "toTheLogService" | "printedOnly";
}

/** What a part is given to start with. */
export interface PartGround {
  readonly application: Application;
  /** Words for the log service that need not be printed here. */
  readonly log: PartLog;
  /** Whether the log service takes them. */
  readonly logStatus: () => LogRedirection["status"];
}

export type PartLog = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** A part that runs. */
export interface Part {
  /** Ends what the part opened itself, before the application leaves. */
  close?(): Promise<void> | void;
}

/** What a part tells the process that started it. */
export interface PartReady {
  readonly ready: string;
}

/**
 * The life of every process of the gradebook: one application, opened and closed here. It ends in order on SIGTERM, on
 * Ctrl-C, and when the process that started it is no more; asked a second time, it ends at once.
 */
export async function startPart(options: PartOptions, start: (ground: PartGround) => Promise<Part>): Promise<void> {
  surviveLostOutput();
  const { name } = options;
  const port = portOf(options);
  const application = new Application({ name, settings: { port } });
  const starting = start(groundOf(application, options)).then(async (part) => {
    await application.listen(); // where nothing that it offers has made it do so
    return part;
  });
  endWhenAsked(async () => {
    const part = await starting.catch(() => undefined); // told below
    await part?.close?.();
    await application.close();
  });
  try {
    await starting;
    tell({ ready: application.url ?? "" });
  } catch (thrown) {
    console.error(whyNot(options, port, thrown));
    await application.close();
    process.exit(1);
  }
}

function portOf({ name, port }: PartOptions): number {
  const settings = defineSettings({
    port: setting.integer({
      default: port.number,
      min: 0,
      max: 65_535,
      env: port.setting,
      describe: `The port of ${name}; 0 takes a free one.`,
    }),
  });
  return loadSettings(settings, { service: name }).values.port;
}

function groundOf(application: Application, { logs }: PartOptions): PartGround {
  if (logs === "printedOnly") {
    return { application, log: application.log, logStatus: () => "delivering" };
  }
  const redirection = redirectLogs({ application }); // undone when the application closes
  return { application, log: redirection.log, logStatus: () => redirection.status };
}

function whyNot({ name, port: { setting } }: PartOptions, port: number, thrown: unknown): unknown {
  if (!SkylarkError.is(thrown)) return thrown;
  const { code: cause } = (thrown.cause ?? {}) as { readonly code?: unknown };
  const advice = cause === "EADDRINUSE" ? `; set ${setting}, as in ${setting}=${port + 1}` : "";
  return `${name} cannot start: ${thrown.message}${advice}`;
}

function endWhenAsked(end: () => Promise<void>): void {
  let asked = false;
  const ask = (): void => {
    if (asked) process.exit(1);
    asked = true;
    end().then(
      () => process.exit(0),
      (thrown: unknown) => {
        console.error(thrown);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", ask).on("SIGINT", ask);
  // the channel to whoever started it closes with that one, however it died: nobody is left to run for
  process.once("disconnect", () => !asked && ask());
}

function tell(word: PartReady): void {
  process.send?.(word, undefined, undefined, () => {}); // who is gone is noticed by "disconnect"
}

/** Whoever was killed reads no more: that must not keep a part from leaving in order. */
function surviveLostOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}
