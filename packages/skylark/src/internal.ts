export { nearestName } from "@skylark/core/internal";
export type { InstanceFigures } from "./application/instance-figures.js";
export {
  type InstanceDescription,
  type InstanceFunctions,
  instanceServiceName,
  type MethodDescription,
  type ServiceDescription,
} from "./application/instance-service.js";
export { durationMsOf } from "./settings/duration.js";
export { type RuntimeSettings, runtimeSettings } from "./settings/runtime-settings.js";
