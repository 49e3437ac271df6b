export type { ZooKeeperState } from "./client/client-state.js";
export type { MultiOperation, MultiOutcome, MultiReadOperation, MultiReadOutcome } from "./client/multi.js";
export type { CreateOptions, NodeData } from "./client/node-creation.js";
export type { Auth, ZooKeeperOptions } from "./client/options.js";
export type { RequestOptions } from "./client/session-client.js";
export {
  type CreatedNode,
  openZooKeeper,
  type ReadOptions,
  type VersionOptions,
  type WatchOptions,
  type ZooKeeper,
} from "./client/zookeeper.js";
export type { TlsOptions } from "./connection/dial.js";
export type { Watch, WatchListener, WatchNotice } from "./watches/watch-notice.js";
export { type Acl, openAcl, permissions } from "./wire/acl.js";
export type { ZooKeeperErrorCode } from "./wire/error-code.js";
export type { Identity } from "./wire/operations/access.js";
export type { Stat } from "./wire/stat.js";
export { type ZooKeeperErrorDetails, zooKeeperCode } from "./zookeeper-error.js";
