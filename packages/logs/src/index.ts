export { Logs } from "./contract.js";
export { type LineLevel, lineLevels } from "./line/level.js";
export type { LineFields, LogLine, SentLine } from "./line/line.js";
export { type OpenLogs, type OpenLogsOptions, openLogs } from "./open-logs.js";
export type { PinoLogger } from "./redirect/pino-capture.js";
export { type LogRedirection, type RedirectLogsOptions, redirectLogs } from "./redirect/redirect-logs.js";
export type { LineFilter, LogPage, LogQuery } from "./search/query.js";
export type { Appended } from "./store/fresh-lines.js";
export type { Rotation } from "./store/log-writer.js";
