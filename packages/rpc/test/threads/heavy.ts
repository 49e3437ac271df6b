// what the tests of worker threads run on them
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, threadId } from "node:worker_threads";
import { type ErrorCode, type ErrorReason, SkylarkError } from "@skylark/core";
import { call } from "@skylark/rpc";

export async function where(): Promise<{ isMainThread: boolean; threadId: number }> {
  return { isMainThread, threadId };
}

export async function echo(...values: unknown[]): Promise<unknown[]> {
  return values;
}

export async function context(): Promise<unknown> {
  const { service, method, caller, metadata, requestId, attempt, remainingMs } = call();
  return { service, method, caller, metadata, requestId, attempt, isLimited: Number.isFinite(remainingMs) };
}

export async function fails(code: ErrorCode, reason: ErrorReason, details: unknown): Promise<never> {
  throw new SkylarkError(code, "as it was asked to", { reason, details, cause: new Error("stays here") });
}

export async function throwsPlain(): Promise<never> {
  throw new TypeError("not one of ours");
}

export async function unsendable(): Promise<unknown> {
  return { inner: { handler: () => 1 } };
}

/** Tells the test, which listens on another thread, without a turn of the event loop. */
function tell(channel: string, what: unknown): void {
  const out = new BroadcastChannel(channel);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  out.postMessage(what);
  out.close();
}

/** Computes, never lets the event loop turn, and looks whether anybody waits. */
export async function computes(channel: string): Promise<void> {
  tell(channel, "computing");
  const { signal } = call();
  while (!signal.aborted);
  tell(channel, (signal.reason as SkylarkError).code);
  signal.throwIfAborted();
}

/** Waits, and hears of the cancellation as any handler does. */
export async function waits(channel: string): Promise<void> {
  tell(channel, "waiting");
  const { signal } = call();
  await new Promise<unknown>((resolve) => signal.addEventListener("abort", resolve));
  tell(channel, (signal.reason as SkylarkError).code);
}

export async function neverEnds(channel: string): Promise<never> {
  tell(channel, "deaf");
  while (true);
}

export async function exits(code: number): Promise<never> {
  process.exit(code);
}

export async function crashesLater(): Promise<void> {
  setTimeout(() => {
    throw new Error("nobody catches this");
  });
  await sleep(1_000_000);
}

/** Ends when two calls are in it at once, on whichever threads. */
export async function meets(channel: string): Promise<number> {
  const meeting = new BroadcastChannel(channel);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  const say = (what: string): void => meeting.postMessage(what);
  try {
    await new Promise<void>((resolve) => {
      meeting.addEventListener("message", (event) => {
        if ((event as MessageEvent).data === "here?") say("here!");
        resolve();
      });
      say("here?");
    });
  } finally {
    meeting.close();
  }
  return threadId;
}

export async function* counts(to: number, channel?: string): AsyncGenerator<{ count: number }> {
  try {
    for (let count = 1; count <= to; count++) yield { count };
  } finally {
    if (channel !== undefined) tell(channel, "left");
  }
}

export async function* breaks(): AsyncGenerator<number> {
  yield 1;
  throw new RangeError("no further");
}
