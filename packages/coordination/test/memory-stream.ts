import type { SkylarkError } from "@skylark/core";
import type { MessageStream } from "@skylark/rpc";

/** Two ends of a stream without anything between them. Messages arrive when the test says so, or at once. */
export class MemoryStream implements MessageStream {
  /** What was sent and not received yet. */
  readonly sent: unknown[] = [];
  /** How many messages may still be sent before the credit is spent. */
  credit = Number.POSITIVE_INFINITY;
  ended: "open" | "closed" | SkylarkError = "open";
  onMessage: MessageStream["onMessage"] = () => {};
  onWritable: MessageStream["onWritable"] = () => {};
  onEnd: MessageStream["onEnd"] = () => {};

  get writable(): boolean {
    return this.credit > 0 && this.ended === "open";
  }

  send(message: unknown): boolean {
    if (this.ended !== "open") return false;
    this.sent.push(message);
    this.credit--;
    return this.credit > 0;
  }

  close(): void {
    this.ended = "closed";
  }

  reset(error: SkylarkError): void {
    this.ended = error;
  }

  /** What was sent since the last time. */
  take<T>(): T[] {
    return this.sent.splice(0) as T[];
  }

  grant(messages: number): void {
    this.credit += messages;
    this.onWritable();
  }
}
