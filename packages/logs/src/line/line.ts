import type { LineLevel } from "./level.js";

/** A line as its sender gives it. */
export interface SentLine {
  /** When it was written, by the sender's clock: ISO 8601, in UTC. */
  readonly time: string;
  /** Counts the lines of an instance, from 1: what was sent twice is known by it, and kept once. */
  readonly sequence: number;
  readonly level: LineLevel;
  /** At most 16 KiB; a longer one is cut, and says so. May be several lines of text, and hold anything. */
  readonly message: string;
  /** The request that was served where it was written. */
  readonly request?: string | undefined;
  /** Whatever else belongs to it, as JSON: at most 8 KiB. */
  readonly fields?: LineFields | undefined;
}

export type LineFields = Readonly<Record<string, unknown>>;

/** Who sent it: the same for all lines of a batch. */
export interface LineSource {
  /** The service or process, by name. */
  readonly origin: string;
  /** Random for each start of a process. */
  readonly instance: string;
}

/** A line as it is kept and read. */
export interface LogLine extends LineSource, SentLine {
  /** When it arrived, by the clock of the log service. */
  readonly received: string;
}

/** Named limits of a line, each with its reason. */
export const lineLimits = {
  /** A stack trace fits ten times over; what is longer is a dump, and drowns everything else. */
  messageBytesMax: 16 * 1024,
  fieldsBytesMax: 8 * 1024,
  /** Half of what the native protocol takes: the lists and pages that lines travel in have levels too. */
  fieldsDepthMax: 32,
  /** Names, ids: as much as anybody reads. */
  nameLettersMax: 128,
} as const;
