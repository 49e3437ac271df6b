import type { Transport } from "@skylark/rpc/internal";

/** What a transport brings to be put to the test. */
export interface TransportFixture {
  readonly transport: Transport;
  /** An address to listen on that nobody uses. */
  address(): string;
  /** What cannot be an address of this transport. */
  readonly nonsense: string;
  dispose?(): Promise<void>;
}
