import { createColors } from "picocolors";

export type Colours = Pick<ReturnType<typeof createColors>, "bold" | "dim" | "green" | "yellow" | "red" | "cyan">;

/** Where a command's words go, and who reads them. */
export interface Terminal {
  /** Results, and nothing else: what a script may read. */
  readonly out: (text: string) => void;
  /** Errors, and remarks for people. */
  readonly err: (text: string) => void;
  /** Letters in a line; undefined where no person is watching, and lines may be as long as they like. */
  readonly columns: number | undefined;
  /** For results: without effect where no person is watching, or colours are not wanted. */
  readonly colours: Colours;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes Ctrl-C over: from now on it aborts the signal, and ends nothing by itself. */
  interruption(): AbortSignal;
}

/** The terminal of this process. A reader that has read enough and goes away (`sky instances | head -1`) ends it, with success. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      throw error;
    });
  }
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    columns: stdout.isTTY ? stdout.columns : undefined,
    colours: createColors(wantsColours(stdout.isTTY, env)),
    env,
    interruption,
  };
}

/** https://no-color.org: any value but the empty one means no. */
export function wantsColours(isTty: boolean | undefined, env: Terminal["env"]): boolean {
  return isTty === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  return interrupted.signal;
}
