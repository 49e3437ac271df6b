import type { SkylarkError } from "@skylark/core";
import type { CallFacts, ThreadAnswer } from "./thread-messages.js";

/** One call, as it goes through the pool. */
export interface Work {
  readonly shape: "unary" | "server-stream";
  /** Asked when a thread takes it: what is left of the deadline is then what it says. */
  readonly facts: () => CallFacts;
  readonly args: Uint8Array<ArrayBuffer>;
  /** A thread has it: from now on it may have run. */
  taken(): void;
  answered(answer: ThreadAnswer): void;
  /** There will be no answer. */
  lost(why: SkylarkError): void;
}
