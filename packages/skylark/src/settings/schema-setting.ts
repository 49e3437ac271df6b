import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Given, type Reading, type Setting, type SettingOptions, withOptions } from "./setting.js";

/**
 * Whatever a Standard Schema takes. A text is tried as it stands first, then as JSON. The schema must answer at once, not by
 * a promise, and must take again what it gave: a default and a value from code pass through it too. Where the schema takes
 * "nothing" (a default or an optional of its own), so does the setting.
 */
export function schemaSetting<
  S extends StandardSchemaV1,
  const O extends SettingOptions<StandardSchemaV1.InferOutput<S>>,
>(schema: S, options?: O): Setting<Given<StandardSchemaV1.InferOutput<S>, O>> {
  type Output = StandardSchemaV1.InferOutput<S>;
  const readValue = (value: unknown): Reading<Output> => readBy(schema, value);
  const readText = (text: string): Reading<Output> => {
    const asItStands = readValue(text);
    if (asItStands.kind === "value") return asItStands;
    const json = parsedJson(text);
    return json === undefined ? asItStands : readValue(json);
  };
  const made = withOptions<Output, O>(
    { kind: "schema", allowed: "what its schema takes", readText, readValue },
    options,
  );
  if (made.fallback.kind !== "required") return made;
  const ofNothing = readValue(undefined);
  if (ofNothing.kind === "refused") return made;
  return { ...made, fallback: { kind: "default", value: ofNothing.value as Given<Output, O> } };
}

function readBy<S extends StandardSchemaV1>(schema: S, value: unknown): Reading<StandardSchemaV1.InferOutput<S>> {
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) {
    result.catch(() => undefined); // its answer comes too late either way
    return { kind: "refused", allowed: "only what a schema can tell at once, and this one answers by a promise" };
  }
  if (result.issues) {
    return { kind: "refused", allowed: `what its schema takes (${result.issues.map(inWords).join("; ")})` };
  }
  return { kind: "value", value: result.value as StandardSchemaV1.InferOutput<S> };
}

function inWords(issue: StandardSchemaV1.Issue): string {
  const path = (issue.path ?? []).map((segment) => String(typeof segment === "object" ? segment.key : segment));
  return path.length === 0 ? issue.message : `${path.join(".")}: ${issue.message}`;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a plain text, then, and the schema has refused it already
  }
}
