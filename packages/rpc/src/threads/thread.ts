import type { ErrorCode } from "@skylark/core";
import type { ThreadAnswer, ThreadMethod, ToThread } from "./thread-messages.js";

/** A thread as the pool knows it. */
export interface Thread {
  tell(message: ToThread): void;
  /** Raises the flag that a handler sees which never lets its event loop turn. */
  raise(slot: number, id: number, code: ErrorCode): void;
  /** Ends it, whatever it does. `gone` follows, unless it was told before. */
  end(): void;
}

export interface ThreadListener {
  /** The module is loaded: calls may come. */
  ready(methods: readonly ThreadMethod[]): void;
  /** The module cannot be loaded; `gone` follows. */
  refused(why: string): void;
  /** The handler of a cancelled call has been told, or could have been. */
  heard(id: number): void;
  answered(answer: ThreadAnswer): void;
  /** It is no more, and says nothing further. `trace`: where it crashed, for the log alone. */
  gone(why: string, trace?: string): void;
}

export type StartThread = (listener: ThreadListener) => Thread;
