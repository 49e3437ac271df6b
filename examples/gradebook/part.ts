import { Application, SkylarkError } from "skylark";

/** What a part of the gradebook is once it runs. */
export interface Part {
  /** Where it is reached, for people. */
  readonly address: string;
  /** Ends what the part opened itself, before the application leaves. */
  close?(): Promise<void>;
}

/** What a part tells the process that started it. */
export interface PartReady {
  readonly ready: string;
}

/**
 * The life of every process of the gradebook: one application, opened and closed here. It ends in order on SIGTERM, on
 * Ctrl-C, and when the launcher that started it is no more; asked a second time, it ends at once.
 */
export async function startPart(name: string, start: (application: Application) => Promise<Part>): Promise<void> {
  surviveLostOutput();
  const application = new Application({ name });
  const starting = start(application);
  endWhenAsked(async () => {
    const part = await starting.catch(() => undefined); // told below
    await part?.close?.();
    await application.close();
  });
  try {
    const { address } = await starting;
    tell({ ready: address });
  } catch (thrown) {
    console.error(SkylarkError.is(thrown) ? `${name} cannot start: ${thrown.message}` : thrown);
    await application.close();
    process.exit(1);
  }
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
  // the channel to the launcher closes with it, however it died: nobody is left to run for
  process.once("disconnect", () => !asked && ask());
}

function tell(word: PartReady): void {
  process.send?.(word, undefined, undefined, () => {}); // a launcher that is gone is noticed by "disconnect"
}

/** A launcher that was killed reads no more: that must not keep a part from leaving in order. */
function surviveLostOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}
