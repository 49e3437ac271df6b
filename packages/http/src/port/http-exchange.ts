import type { IncomingMessage, ServerResponse } from "node:http";
import { hostAndPort } from "@skylark/rpc/internal";

/** A request and the answer that it gets. */
export class HttpExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Called when the client has hung up before its answer was out. Whoever answers sets it. */
  onGone: () => void = () => {};

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request;
    this.response = response;
  }

  /** Where the client is, as calls of the native protocol say it. */
  get peer(): string {
    const { remoteAddress, remotePort = 0 } = this.request.socket;
    return remoteAddress === undefined ? "gone" : `tcp://${hostAndPort(remoteAddress, remotePort)}`;
  }
}
