import { SkylarkError } from "@skylark/core";

/** One thing that is wrong with the settings given. */
export interface SettingProblem {
  /** The setting's key; for what is wrong with the file as a whole, the file's name. */
  readonly key: string;
  /** What is wrong, where it came from, and what is allowed. */
  readonly message: string;
}

/** All that is wrong, in one error, so that nobody mends one value only to meet the next. `details.key` is the first one's. */
export function settingError(problems: readonly SettingProblem[], cause?: unknown): SkylarkError {
  const messages = problems.map((each) => each.message);
  const message =
    messages.length === 1 ? messages.join() : `${messages.length} settings are wrong:\n- ${messages.join("\n- ")}`;
  return new SkylarkError("invalid_argument", message, {
    reason: "SETTING",
    details: { key: problems[0]?.key, problems },
    cause,
  });
}
