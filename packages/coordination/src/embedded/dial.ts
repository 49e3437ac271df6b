import { Patience } from "@skylark/core/internal";
import type { ClientConnection, ConnectionResources, Transport } from "@skylark/rpc/internal";
import { connect, defaultKeepAlive, wireLimits } from "@skylark/rpc/internal";
import type { HostLink } from "../client/host-link.js";
import { coordinationService } from "../protocol/messages.js";

export interface DialOptions {
  readonly transport: Transport;
  /** As the transport spells it. */
  readonly address: string;
  readonly resources: ConnectionResources;
}

/** A frozen host accepts, by the kernel's hand, and says nothing; so does one on a machine that is busy, for a while. */
const patienceOptions = { firstMs: 1000, mostMs: 8000 };

/** What connects to the host, with more patience each time that nobody spoke in time. Fails `unavailable` where nobody answers. */
export function hostDial(options: DialOptions): (signal: AbortSignal) => Promise<HostLink> {
  const patience = new Patience(patienceOptions);
  const { clock } = options.resources;
  return async (signal) => {
    const startedAt = clock.now();
    try {
      const link = await dialOnce(options, signal, patience.ms);
      patience.reset();
      return link;
    } catch (error) {
      if (clock.now() - startedAt >= patience.ms) patience.ranOut();
      throw error;
    }
  };
}

async function dialOnce(options: DialOptions, signal: AbortSignal, connectTimeoutMs: number): Promise<HostLink> {
  const { transport, address, resources } = options;
  const connection = await connect(
    transport,
    address,
    {
      identity: { name: "coordination", proof: "none" },
      instance: undefined,
      keepAlive: defaultKeepAlive,
      messageBytesMax: wireLimits.messageBytesMax,
      connectTimeoutMs,
    },
    resources,
    () => ({ draining: () => {}, closed: () => {} }),
    signal,
  );
  return linkOver(connection);
}

function linkOver(connection: ClientConnection): HostLink {
  try {
    const stream = connection.openStream(coordinationService.name, coordinationService.stream);
    return {
      stream,
      close() {
        stream.close();
        connection.close();
      },
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}
