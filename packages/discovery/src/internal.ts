export { explainAbsence } from "./consumer/absence.js";
export { type Directory, select } from "./consumer/directory.js";
export type { DirectoryInstance } from "./consumer/directory-instance.js";
export { DirectoryWatch, type DirectoryWatchOptions } from "./consumer/directory-watch.js";
export { doubtLimits } from "./consumer/doubts.js";
export { type LifeSigns } from "./consumer/life-signs.js";
export { Requirement } from "./consumer/requirement.js";
export { matcher, type Selector } from "./consumer/selection.js";
export { type KeepingOptions, keepingLimits } from "./entry/keeping.js";
export type { OwnedEntryStatus } from "./entry/owned-entry-state.js";
export { type Layout, layout } from "./layout.js";
export { addressTowards } from "./provider/address-towards.js";
export {
  type AdvertisedAddressOptions,
  type AdvertisedHostOptions,
  advertisedAddress,
  advertisedHost,
  defaultBind,
  needsLocalAddress,
} from "./provider/advertised-address.js";
export { Registration, type RegistrationOptions, type RegistrationStatus } from "./provider/registration.js";
export { isSharedStore, type StoreHost, storeHosts } from "./provider/store-hosts.js";
export type { ConsumerRecord } from "./record/consumer.js";
export type { InstanceRecord } from "./record/instance.js";
export type { InstanceOverride } from "./record/override.js";
export { SnapshotKeeper } from "./snapshot/snapshot-keeper.js";
export { Snapshots } from "./snapshot/snapshots.js";
export { ConsumerWatch, type ServiceConsumer } from "./tools/consumer-watch.js";
export { setOverride } from "./tools/set-override.js";
export { readSystem, type ServiceView, type SystemView } from "./tools/system-view.js";
export { SystemWatch } from "./tools/system-watch.js";
