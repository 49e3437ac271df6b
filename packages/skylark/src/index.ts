export { type Balancer, balancers, type Candidate, type PickContext, type Picker } from "@skylark/balance";
export type { Coordination, Leadership } from "@skylark/coordination";
export { type ErrorCode, type ErrorReason, type Log, type LogLevel, SkylarkError } from "@skylark/core";
export type { Selector } from "@skylark/discovery";
export type { HttpListener, MountOptions } from "@skylark/http";
export {
  type Call,
  type CallerIdentity,
  type CallOptions,
  call,
  type DrainReceipt,
  detached,
  type FieldProblem,
  insideRequest,
  type Metadata,
  type NotRemote,
  type RemoteCall,
  type RemoteFunctions,
  requestId,
  type ServerStream,
} from "@skylark/rpc";
export type { ThreadedModule } from "@skylark/rpc/internal";
export { Application, type ApplicationOptions } from "./application/application.js";
export type { Companion } from "./application/companions.js";
export type { Choice, ServiceCallOptions } from "./application/consumed-service.js";
export { application } from "./application/default-application.js";
export type { Lifecycle } from "./application/lifecycle.js";
export type { ServedService } from "./application/served-service.js";
export { type Client, type ConnectOptions, connect, type RemoteOptions, remote } from "./connect.js";
export { type Contract, defineService, type Handlers, type MethodContract } from "./contract/contract.js";
export { type Group, type GroupCallOptions, type GroupFunctions, type GroupOptions, group } from "./group/group.js";
export type { GroupAnswer } from "./group/group-answer.js";
export type { GroupNeed } from "./group/need.js";
export type { PartitionKey } from "./group/owners.js";
export { type Partitioned, type PartitionedOptions, partitioned, type ScatterOptions } from "./group/partitioned.js";
export type { Reply } from "./group/reply.js";
export type { Part } from "./group/scatter.js";
export { type ServeOptions, type ServePlainOptions, serve } from "./serve.js";
export {
  defineSettings,
  type SettingFields,
  type SettingsDefinition,
  type SettingValues,
} from "./settings/definition.js";
export {
  type LoadedSettings,
  type LoadSettingsOptions,
  loadSettings,
  type SettingOrigin,
  type SettingSource,
} from "./settings/loaded-settings.js";
export type { Fallback, Given, Reading, Setting, SettingKind, SettingOptions } from "./settings/setting.js";
export { type NumberSettingOptions, type StringSettingOptions, setting } from "./settings/setting-kinds.js";
