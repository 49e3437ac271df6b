import type { SkylarkError } from "@skylark/core";

/**
 * An ordered flow of messages in both directions over one connection, under credit: who does not read makes the other
 * side wait, and memory does not grow.
 */
export interface MessageStream {
  /**
   * Sends a value. `false` when the credit is spent: the message is taken all the same, but the next one should wait for
   * `writable`. After the end of the stream: ignored, `false`.
   */
  send(message: unknown): boolean;
  /** Whether a send now would go out at once. */
  readonly writable: boolean;
  /** Messages from the other side, in order. Set before anything else; those that come earlier wait. */
  onMessage: (message: unknown) => void;
  /** The credit came back after `send` returned false. */
  onWritable: () => void;
  /** Called once: `undefined` for an orderly end by the other side, else why it ended (a lost connection included). */
  onEnd: (error: SkylarkError | undefined) => void;
  /** Ends it in order, both directions. `onEnd` is not called for one's own close. */
  close(): void;
  /** Ends it with an error that the other side sees. */
  reset(error: SkylarkError): void;
}
