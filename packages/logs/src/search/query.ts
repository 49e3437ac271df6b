import type { LineLevel } from "../line/level.js";
import type { LogLine } from "../line/line.js";

/** Which lines are wanted. Each word narrows; left out, it asks for nothing. */
export interface LineFilter {
  /** Written at this time or later, by the sender's clock: ISO 8601. */
  readonly since?: string | undefined;
  /** Written before this time. */
  readonly until?: string | undefined;
  /** This grave or graver. */
  readonly level?: LineLevel | undefined;
  /** Of this service or process. */
  readonly origin?: string | undefined;
  /** Of the instance whose id this is, or begins so. */
  readonly instance?: string | undefined;
  /** Written while this request was served. */
  readonly request?: string | undefined;
  /** In the message or the fields, in capital letters or small. */
  readonly text?: string | undefined;
}

/** Which lines, in which order, and how many. Lines stand in the order in which they arrived. */
export interface LogQuery extends LineFilter {
  /** Default: "oldest". */
  readonly order?: "oldest" | "newest" | undefined;
  /** Ends after so many lines. */
  readonly limit?: number | undefined;
  /** Of the past only the newest so many, the oldest of them first. */
  readonly last?: number | undefined;
  /** Goes on where a page ended: its `position`. */
  readonly from?: number | undefined;
  /** After the past comes what is new, as it comes, until the reader has enough. Not with `until`, nor the newest first. */
  readonly follow?: boolean | undefined;
}

/** Some of the lines that fit. */
export interface LogPage {
  readonly lines: LogLine[];
  /** Where the next page begins; to be given as `from` by who comes back later. */
  readonly position: number;
  /** Lines, of any kind, that were deleted before this reader came to them. */
  readonly missed: number;
  /** Lines that were damaged, and passed over. */
  readonly unreadable: number;
  /** Everything up to here is the past; what follows is new. Once, and only where the query follows. */
  readonly caughtUp: boolean;
}
