import { SkylarkError } from "@skylark/core";
import type { Home } from "./home.js";

/** A host of this process, wherever it runs. Its owner holds the store's lock and releases it when the host has ended. */
export interface RunningHost {
  /** Settles when the store is closed; with an error where that was not by `close`. */
  readonly ended: Promise<SkylarkError | undefined>;
  /** Commits what waits, and ends. Resolves when nothing of it is left. */
  close(): Promise<void>;
}

/** Fails `data_loss` where stored data is damaged. */
export type StartHost = (home: Home, lockFd: number) => Promise<RunningHost>;

/** An error on its way between threads, where classes get lost. */
export type PlainError = Pick<SkylarkError, "code" | "message" | "reason" | "details">;

export function plainError(thrown: unknown): PlainError {
  const { code, message, reason, details } = SkylarkError.from(thrown, "internal");
  return { code, message, reason, details };
}

export function errorOf({ code, message, reason, details }: PlainError): SkylarkError {
  return new SkylarkError(code, message, { reason, details });
}
