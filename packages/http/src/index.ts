export { type ErrorBody, errorBody, sendError, sendJson } from "./answer/answer.js";
export { HttpRefusal, type HttpRefusalOptions, methodNotAllowed, unsupportedMediaType } from "./answer/http-refusal.js";
export { httpStatusOf } from "./answer/status.js";
export { type BodyLimits, readBody, readJson, readText } from "./body/request-body.js";
export type { HttpListener, MountOptions } from "./door/mounts.js";
export { httpLimits } from "./limits.js";
