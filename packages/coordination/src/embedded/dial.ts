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

/** A frozen host accepts, by the kernel's hand, and says nothing. */
const connectTimeoutMs = 1000;

/** Connects to the host. Fails `unavailable` where nobody answers. */
export async function dialHost({ transport, address, resources }: DialOptions, signal: AbortSignal): Promise<HostLink> {
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
