export { type ErrorCode, type ErrorReason, errorCodeOf, errorCodes, errorReasons } from "./code.js";
export { SkylarkError, type SkylarkErrorOptions } from "./error.js";
export { type Log, type LogLevel, silentLog } from "./log.js";
