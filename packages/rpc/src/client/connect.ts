import { SkylarkError } from "@skylark/core";
import type { ConnectionResources } from "../connection/resources.js";
import { lostError } from "../transport/lost-error.js";
import type { Transport } from "../transport/transport.js";
import { ClientConnection, type ClientConnectionOptions, type ClientConnectionOwner } from "./client-connection.js";

export interface ConnectOptions extends ClientConnectionOptions {
  /** How long dialling and the handshake may take together. */
  readonly connectTimeoutMs: number;
}

/**
 * Dials an address and shakes hands. Rejects `unavailable` where nobody answers in time (CONNECTION_LOST) or somebody else
 * does (WRONG_INSTANCE). The caller owns the connection.
 */
export async function connect(
  transport: Transport,
  address: string,
  options: ConnectOptions,
  resources: ConnectionResources,
  owner: (connection: () => ClientConnection | undefined) => ClientConnectionOwner,
  signal: AbortSignal,
): Promise<ClientConnection> {
  const given = new AbortController();
  const giveUp = (): void => given.abort(signal.reason);
  const timeout = resources.clock.after(
    options.connectTimeoutMs,
    () => given.abort(lostError(`${address} did not answer within ${options.connectTimeoutMs} ms`)),
    true,
  );
  let connection: ClientConnection | undefined;
  given.signal.addEventListener("abort", () => connection?.close(), { once: true });
  if (signal.aborted) giveUp();
  else signal.addEventListener("abort", giveUp, { once: true });
  try {
    const wire = await transport.dial(address, given.signal);
    connection = new ClientConnection(
      wire,
      options,
      resources,
      owner(() => connection),
    );
    if (given.signal.aborted) connection.close(); // between the dial's end and its telling
    await connection.welcomed();
    return connection;
  } catch (thrown) {
    throw given.signal.aborted ? SkylarkError.from(given.signal.reason, "cancelled") : thrown;
  } finally {
    timeout.cancel();
    signal.removeEventListener("abort", giveUp);
  }
}
