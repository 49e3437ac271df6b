import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { SkylarkError } from "@skylark/core";

export interface Line {
  readonly token: number;
  readonly text: string;
}

/** A file that one writer at a time may write: what the lock guards. The file itself remembers the highest token. */
const path = process.env["LEDGER_FILE"] ?? "ledger.jsonl";

/** Appends a line for the holder of `token`. A former holder, however sure of itself, is refused. */
export async function append(text: string, token: number): Promise<void> {
  const highest = read().at(-1)?.token ?? 0;
  if (token < highest) {
    const message = `token ${token} is stale: the holder with token ${highest} has written since. You hold the lock no more`;
    throw new SkylarkError("failed_precondition", message, { notExecuted: true });
  }
  appendFileSync(path, `${JSON.stringify({ token, text } satisfies Line)}\n`, { flush: true });
}

export async function lines(): Promise<Line[]> {
  return read();
}

/** Nothing is awaited between this and the write: no other call comes in between. */
function read(): Line[] {
  if (!existsSync(path)) return [];
  const written = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return written.map((line) => JSON.parse(line) as Line);
}
