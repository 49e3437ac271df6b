import type { Coordination } from "@skylark/coordination";

/** What an engine brings to be put to the test. */
export interface CoordinationFixture {
  /** What `client()` asks for: a few seconds, so that no test waits long for an expiry, and few machines cause one unasked. */
  readonly ttlMs: number;
  /** A client with a session of its own, established. The suite closes it. */
  client(options?: { readonly ttlMs?: number }): Promise<Coordination>;
  /**
   * Lets the client's session end as if its process had been frozen: nothing is said by the client. Resolves when the
   * store has dropped the session; the client reaches the store again from then on.
   */
  expireSession(client: Coordination): Promise<void>;
  /** Loses the client's connection at once; the session lives on and the client may connect again. */
  cutConnection?(client: Coordination): Promise<void>;
  /** Lets nothing pass between client and store until what it returns is called. */
  stall?(client: Coordination): () => void;
  /** What the store answers comes late, by about 100 ms, until what it returns is called; what it is asked does not. */
  delayReplies?(client: Coordination): () => void;
  /** Makes the store forget the changes so far, so that nobody who was away can be told them one by one. */
  forgetHistory?(): Promise<void>;
  dispose(): Promise<void>;
}
