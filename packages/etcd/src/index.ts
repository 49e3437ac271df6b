export type { MemberStatus } from "./cluster/member-status.js";
export { Etcd, openEtcd } from "./etcd.js";
export { type KeyRange, keysWith } from "./kv/key-range.js";
export type { KeyValue } from "./kv/key-value.js";
export type { Reading, ReadOptions, Updated } from "./kv/kv.js";
export {
  type Condition,
  type Step,
  type StepResult,
  type Transaction,
  type TransactionResult,
  transactionLimits,
} from "./kv/transaction.js";
export type { Lease, LeaseStatus } from "./lease/lease.js";
export type { CallOptions, EtcdOptions, EtcdTls, SilenceLimits } from "./options.js";
export type { Watch, WatchEvent } from "./watch/watch.js";
export type { KeyChange, RevisionChanges } from "./watch/whole-revisions.js";
