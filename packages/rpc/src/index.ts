export { type Call, call, detached, insideRequest, type Metadata, requestId } from "./call-context.js";
export type { CallOptions } from "./client/client-call.js";
export type { ServerStream } from "./client/server-stream.js";
export type { NotRemote, Remote, RemoteCall, RemoteFunctions, TypedClient } from "./client/typed-client.js";
export type { MessageStream } from "./connection/message-stream.js";
export type { DrainOptions, DrainReceipt } from "./server/drain.js";
export type { FieldProblem } from "./server/validation.js";
export type { CallerIdentity } from "./wire/handshake.js";
