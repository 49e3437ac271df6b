import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { createColors } from "picocolors";

export type Colours = Pick<
  ReturnType<typeof createColors>,
  "bold" | "dim" | "green" | "yellow" | "red" | "cyan" | "magenta" | "blue"
>;

/** Why a command that runs on shall end: a signal, or that nobody reads what it says any more. */
export type EndingWord = "SIGINT" | "SIGTERM" | "SIGHUP" | "unread";

/** Where a command's words go, and who reads them. */
export interface Terminal {
  /** Results, and nothing else: what a script may read. */
  readonly out: (text: string) => void;
  /** Errors, and remarks for people. */
  readonly err: (text: string) => void;
  /** Letters in a line; undefined where no person is watching, and lines may be as long as they like. */
  readonly columns: number | undefined;
  /** Lines on the screen; undefined where there is none. */
  readonly rows: number | undefined;
  /** For results: without effect where no person is watching, or colours are not wanted. */
  readonly colours: Colours;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes Ctrl-C over: from now on it aborts the signal, and ends nothing by itself. */
  interruption(): AbortSignal;
  /** Takes over all that would end the command: each time, the listener is told, and nothing ends by itself. */
  onEnding(listener: (word: EndingWord) => void): void;
  /** Tells each key that is pressed, Ctrl-C among them; the answer ends that. Without effect where nobody has keys. */
  onKey(listener: (key: string) => void): () => void;
  /** What a person answers, to the end of the line; undefined where nobody is there to ask. */
  ask(question: string): Promise<string | undefined>;
  /** Bytes of results that nobody has read yet. */
  unread(): number;
  /** Resolves when the reader has caught up, or the signal aborts: what has no end waits for it. */
  caughtUp(signal: AbortSignal): Promise<void>;
}

/** The terminal of this process. A reader that has read enough and goes away (`sky instances | head -1`) ends it, with success. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  let unreadable: () => void = () => process.exit(0);
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") return unreadable();
      throw error;
    });
  }
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    get columns() {
      return stdout.isTTY ? stdout.columns : undefined;
    },
    get rows() {
      return stdout.isTTY ? stdout.rows : undefined;
    },
    colours: createColors(wantsColours(stdout.isTTY, env)),
    env,
    interruption,
    onEnding: (listener) => {
      unreadable = () => listener("unread");
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => listener(signal));
    },
    onKey,
    ask,
    unread: () => stdout.writableLength,
    caughtUp: async (signal) => {
      if (stdout.writableNeedDrain && !signal.aborted) await once(stdout, "drain", { signal }).catch(() => {});
    },
  };
}

/** https://no-color.org: any value but the empty one means no. */
export function wantsColours(isTty: boolean | undefined, env: Terminal["env"]): boolean {
  return isTty === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

/** Node gives the terminal back as it was when the process ends, however. */
function onKey(listener: (key: string) => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => {};
  const heard = (keys: Buffer): void => listener(keys.toString("utf8"));
  stdin.setRawMode(true).on("data", heard).resume();
  return () => void stdin.off("data", heard).setRawMode(false).pause();
}

async function ask(question: string): Promise<string | undefined> {
  const { stdin: input, stderr: output } = process;
  if (!input.isTTY || !output.isTTY) return undefined;
  const lines = createInterface({ input, output });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  return interrupted.signal;
}
