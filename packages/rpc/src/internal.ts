export { type AmbientCall, ambientCall, insideCall, requestIdKey } from "./call-context.js";
export { Channel, type ChannelOptions, defaultTimeoutMs, type StreamOptions } from "./client/channel.js";
export { RpcClient, type RpcClientOptions } from "./client/client.js";
export { ClientConnection, type ClientConnectionOptions } from "./client/client-connection.js";
export { type ConnectOptions, connect } from "./client/connect.js";
export { LateStream } from "./client/late-stream.js";
export { answerOrStream, methodByName, type RemoteMethod } from "./client/remote-method.js";
export type { Endpoint, Subchannel } from "./client/subchannel.js";
export { boundClient, type RemoteMethods, remoteFunctions, typedClient } from "./client/typed-client.js";
export { defaultKeepAlive, type KeepAliveOptions } from "./connection/keep-alive.js";
export { type ConnectionResources, connectionResources } from "./connection/resources.js";
export type { GuestCalls } from "./server/guest-calls.js";
export type { GuestCall, GuestRequest, GuestStream } from "./server/guest-request.js";
export type { MethodFiguresData } from "./server/method-figures.js";
export type { OfferedMethod } from "./server/offer.js";
export { RpcServer, type RpcServerOptions, type ServiceFigures } from "./server/server.js";
export {
  isPublicName,
  type Method,
  methodsOf,
  type ServerStreamMethod,
  type Service,
  type StreamMethod,
  type UnaryMethod,
} from "./server/service.js";
export { inServiceThread } from "./threads/in-service-thread.js";
export { openThreads, type ServiceThreads, type ThreadedModule } from "./threads/threaded-module.js";
export { type Address, hostAndPort, isLoopbackHost, parseAddress } from "./transport/address.js";
export { lostError } from "./transport/lost-error.js";
export { MemoryNetwork } from "./transport/memory-transport.js";
export { type HttpGuest, type SharedTransportOptions, sharedTransport } from "./transport/shared-transport.js";
export { socketTransport } from "./transport/socket-transport.js";
export type { Listener, Transport, Wire } from "./transport/transport.js";
export { wireLimits } from "./wire/frame.js";
export type { MethodEntry, MethodShape, ServiceEntry } from "./wire/handshake.js";
