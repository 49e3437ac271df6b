export { type AmbientCall, ambientCall, insideCall } from "./call-context.js";
export { Channel, type ChannelOptions, defaultTimeoutMs } from "./client/channel.js";
export { RpcClient, type RpcClientOptions } from "./client/client.js";
export { ClientConnection, type ClientConnectionOptions } from "./client/client-connection.js";
export { type ConnectOptions, connect } from "./client/connect.js";
export type { Endpoint, Subchannel } from "./client/subchannel.js";
export { boundClient, type CallByName, remoteFunctions, typedClient } from "./client/typed-client.js";
export { defaultKeepAlive, type KeepAliveOptions } from "./connection/keep-alive.js";
export { type ConnectionResources, connectionResources } from "./connection/resources.js";
export { RpcServer, type RpcServerOptions } from "./server/server.js";
export {
  isPublicName,
  type Method,
  methodsOf,
  type Service,
  type StreamMethod,
  type UnaryMethod,
} from "./server/service.js";
export { type Address, hostAndPort, parseAddress } from "./transport/address.js";
export { lostError } from "./transport/lost-error.js";
export { MemoryNetwork } from "./transport/memory-transport.js";
export { socketTransport } from "./transport/socket-transport.js";
export type { Listener, Transport, Wire } from "./transport/transport.js";
export { wireLimits } from "./wire/frame.js";
export type { MethodEntry, ServiceEntry } from "./wire/handshake.js";
