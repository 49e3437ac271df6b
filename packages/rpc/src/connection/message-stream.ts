import type { SkylarkError } from "@skylark/core";

/**
 * An ordered flow of messages in both directions over one connection, under credit: who does not read makes the other
 * side wait, and memory does not grow. Its listeners run outside any call.
 */
export interface MessageStream {
  /**
   * Sends a value. `false` when the credit is spent: the message is taken all the same, but the next one should wait for
   * `writable`. After the end of the stream: ignored, `false`. Throws `invalid_argument` for what has no form on the
   * wire, `resource_exhausted` for a message longer than the other side takes or where too many wait already.
   */
  send(message: unknown): boolean;
  /** Whether a send now would go out at once. */
  readonly writable: boolean;
  /**
   * Messages from the other side, in order. Set it last: those that came earlier are delivered at once, inside the
   * assignment. Until it is set nothing counts as read. A listener that throws ends the stream with its error.
   */
  onMessage: (message: unknown) => void;
  /** The credit came back after `send` returned false. */
  onWritable: () => void;
  /**
   * Called once, behind all messages: `undefined` for an orderly end by the other side, else why it ended (a lost
   * connection, an unreadable message, a listener that threw).
   */
  onEnd: (error: SkylarkError | undefined) => void;
  /** Ends it in order, both directions, behind what was sent. `onEnd` is not called for one's own close. */
  close(): void;
  /** Ends it with an error that the other side sees; what still waits to be sent is dropped. `onEnd` is not called. */
  reset(error: SkylarkError): void;
}
