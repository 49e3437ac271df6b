import type { MessageStream } from "@skylark/rpc";

/** A connection to whoever hosts the store. The one who asked for it closes it. */
export interface HostLink {
  readonly stream: MessageStream;
  /** Gives the connection up. `stream.onEnd` is not called any more. */
  close(): void;
}

/** The way to the store, found anew for each connection. */
export interface Reach {
  /** One try. Fails `unavailable` where trying again may help; anything else needs a person. */
  connect(signal: AbortSignal): Promise<HostLink>;
  /** Called once, when its client has closed. */
  close(): Promise<void>;
}
