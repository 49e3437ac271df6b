import type { MessageStream } from "@skylark/rpc";
import type { HostMessage } from "../protocol/messages.js";

/**
 * What waits to be sent to one client, in order. Each item makes its messages only when there is credit for them, so a
 * snapshot that nobody reads costs a list of references and no bytes.
 */
export class Outbox {
  readonly #stream: MessageStream;
  #items: Iterator<HostMessage>[] = [];

  constructor(stream: MessageStream) {
    this.#stream = stream;
    stream.onWritable = () => this.#pump();
  }

  /** Items that have not been sent whole. */
  get waiting(): number {
    return this.#items.length;
  }

  push(messages: Iterable<HostMessage>): void {
    this.#items.push(messages[Symbol.iterator]());
    if (this.#items.length === 1) this.#pump();
  }

  clear(): void {
    this.#items = [];
  }

  #pump(): void {
    while (this.#stream.writable) {
      const next = this.#items[0]?.next();
      if (!next) return;
      if (next.done) this.#items.shift();
      else this.#stream.send(next.value);
    }
  }
}
