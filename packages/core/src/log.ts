export type LogLevel = "debug" | "info" | "warn" | "error";

/** Where the framework's own words go. Libraries never write to the console themselves. */
export type Log = (level: LogLevel, message: string, fields?: Record<string, unknown>) => void;

/** Says nothing. */
export const silentLog: Log = () => {};
