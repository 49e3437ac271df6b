/** What stands behind the pages and can be missing. */
export const watchedParts = ["grading", "log"] as const;
export type WatchedPart = (typeof watchedParts)[number];

/** `away`: it does not answer, for whatever reason. */
export type Presence = "here" | "away";

export type SystemStatus = Readonly<Record<WatchedPart, Presence>>;

export function isSame(a: SystemStatus | undefined, b: SystemStatus): boolean {
  return a !== undefined && watchedParts.every((part) => a[part] === b[part]);
}
