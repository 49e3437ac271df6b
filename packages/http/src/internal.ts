export { type ErrorBody, errorBody, sendError, sendJson, sendText } from "./answer/answer.js";
export { HttpRefusal, methodNotAllowed, unsupportedMediaType } from "./answer/http-refusal.js";
export { httpStatusOf } from "./answer/status.js";
export { readBody, readJson, readText } from "./body/request-body.js";
export { HttpDoor, type HttpDoorOptions } from "./door/http-door.js";
export type { HttpListener, MountOptions } from "./door/mounts.js";
export { refuseAllButGet } from "./door/own-pages.js";
export type { ServiceStanding } from "./door/readiness.js";
export type { HttpReceipt } from "./port/http-port.js";
