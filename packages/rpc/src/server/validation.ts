import { SkylarkError } from "@skylark/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";

/** What one field has against its value. */
export interface FieldProblem {
  /** `grade.score`; empty for the value as a whole. */
  readonly field: string;
  readonly problem: string;
}

/** The value as its schema wants it, at once where the schema is synchronous. Fails by throwing or rejecting. */
export function validated(
  schema: StandardSchemaV1,
  value: unknown,
  fail: (problems: FieldProblem[]) => SkylarkError,
): unknown {
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) return result.then((late) => accepted(late, fail));
  return accepted(result, fail);
}

export function invalidInput(method: string, problems: FieldProblem[]): SkylarkError {
  return new SkylarkError("invalid_argument", `${method} refuses its input: ${described(problems)}`, {
    reason: "VALIDATION",
    details: { problems },
    notExecuted: true,
  });
}

export function invalidOutput(method: string, problems: FieldProblem[]): SkylarkError {
  return new SkylarkError("internal", `${method} broke its own contract: its output has ${described(problems)}`, {
    reason: "VALIDATION",
    details: { problems },
  });
}

export function invalidMessage(method: string, problems: FieldProblem[]): SkylarkError {
  return new SkylarkError("internal", `${method} broke its own contract: a message has ${described(problems)}`, {
    reason: "VALIDATION",
    details: { problems },
  });
}

function accepted(result: StandardSchemaV1.Result<unknown>, fail: (problems: FieldProblem[]) => SkylarkError): unknown {
  if (result.issues === undefined) return result.value;
  throw fail(result.issues.map(({ message, path }) => ({ field: fieldOf(path), problem: message })));
}

function fieldOf(path: StandardSchemaV1.Issue["path"]): string {
  const segments = (path ?? []).map((segment) => String(typeof segment === "object" ? segment.key : segment));
  return segments.join(".");
}

function described(problems: FieldProblem[]): string {
  return problems.map(({ field, problem }) => (field === "" ? problem : `${field}: ${problem}`)).join("; ");
}
