/** Codes after which trying again would end the same. */
export const refusals: ReadonlySet<string> = new Set(["invalid_argument", "permission_denied", "unauthenticated"]);

/** Somebody wrote between the read and the write: the next read tells what. */
export const races: ReadonlySet<string> = new Set(["already_exists", "aborted"]);
