// business code that computes
import { isMainThread } from "node:worker_threads";
import type { Call } from "skylark";

export async function hash(text: string): Promise<{ hash: number; isMainThread: boolean }> {
  let hash = 0;
  for (const letter of text) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return { hash, isMainThread };
}

export async function* pieces(text: string): AsyncGenerator<string> {
  yield* text.split(" ");
}

/** The handler of a contract. */
export async function repeat({ text, times }: { text: string; times: number }, call: Call): Promise<string> {
  return `${text.repeat(times)} for ${call.caller.name}`;
}

export async function asksOthers(): Promise<unknown> {
  const { connect } = await import("skylark"); // here alone: a thread that does not need it starts sooner
  const others = await connect<{ anything(): Promise<unknown> }>("others");
  return await others.anything();
}
