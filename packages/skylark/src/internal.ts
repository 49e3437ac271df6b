export {
  type InstanceDescription,
  type InstanceFunctions,
  instanceServiceName,
  type MethodDescription,
  type ServiceDescription,
} from "./application/instance-service.js";
export { durationMsOf } from "./settings/duration.js";
export { nearestName } from "./settings/nearest-name.js";
export { type RuntimeSettings, runtimeSettings } from "./settings/runtime-settings.js";
