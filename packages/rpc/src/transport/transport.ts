/**
 * One transport link that carries bytes both ways, as the rest of rpc knows it. Whoever opened or accepted it owns it, sets
 * its listeners in the same turn, and ends it by `end` or `destroy`.
 */
export interface Wire {
  /** Where the other side is, for people. */
  readonly peer: string;
  /**
   * Sends bytes. `true`: they are out of `bytes`, which may be used again at once. `false`: they are still being read from
   * `bytes`, which must be left alone.
   */
  write(bytes: Uint8Array): boolean;
  /** The other side is slower than we are: wait for `onDrain` with what can wait. */
  readonly backedUp: boolean;
  /** Bytes taken by `write` that the system has not taken yet. */
  readonly unsentBytes: number;
  /** Sends what is left, then closes, as soon as the other side has done so: a frozen one is ended by `destroy`. */
  end(): void;
  /** Closes now; what is unsent is lost. */
  destroy(): void;
  onData: (chunk: Buffer) => void;
  onDrain: () => void;
  /** Once, whoever ended it. */
  onClose: (cause: Error | undefined) => void;
}

/** An address accepts connections until it is closed; those accepted live on. */
export interface Listener {
  /** With the port that the system chose, where it was asked to. */
  readonly address: string;
  /** The address is free afterwards. */
  close(): Promise<void>;
}

/** `tcp://127.0.0.1:4000`, `tcp://[::1]:4000`, `unix:///run/x.sock`, `memory://name`: the scheme chooses the transport. */
export interface Transport {
  /** Rejects `unavailable` with reason CONNECTION_LOST where nobody answers, `cancelled` when the signal aborts. */
  dial(address: string, signal: AbortSignal): Promise<Wire>;
  /** Rejects `failed_precondition` where the address is taken, `invalid_argument` where it makes no sense. */
  listen(address: string, accept: (wire: Wire) => void): Promise<Listener>;
}
