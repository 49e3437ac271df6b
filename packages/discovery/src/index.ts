export type { Directory } from "./consumer/directory.js";
export type { DirectoryInstance } from "./consumer/directory-instance.js";
export type { Selector } from "./consumer/selection.js";
export type { ConsumerRecord } from "./record/consumer.js";
export type { InstanceRecord } from "./record/instance.js";
export type { InstanceOverride } from "./record/override.js";
export type { ServiceView, SystemView } from "./tools/system-view.js";
