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
  const late = new AbortController();
  const timeout = resources.clock.after(
    options.connectTimeoutMs,
    () => late.abort(lostError(`${address} did not answer within ${options.connectTimeoutMs} ms`)),
    true,
  );
  const given = AbortSignal.any([signal, late.signal]);
  let connection: ClientConnection | undefined;
  const abort = (): void => connection?.close();
  given.addEventListener("abort", abort, { once: true });
  try {
    const wire = await transport.dial(address, given);
    connection = new ClientConnection(
      wire,
      options,
      resources,
      owner(() => connection),
    );
    await connection.welcomed();
    return connection;
  } catch (thrown) {
    throw given.aborted ? SkylarkError.from(given.reason, "cancelled") : thrown;
  } finally {
    timeout.cancel();
    given.removeEventListener("abort", abort);
  }
}
