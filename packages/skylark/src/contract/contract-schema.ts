import type { StandardSchemaV1 } from "@standard-schema/spec";

/** A schema that can say what it is as JSON Schema (the Standard JSON Schema extension; zod 4.2 and later can). */
interface DescribesItself {
  readonly jsonSchema?: {
    readonly input?: (options: { readonly target: "draft-2020-12" }) => unknown;
    readonly output?: (options: { readonly target: "draft-2020-12" }) => unknown;
  };
}

/** A schema for people and tools; undefined where it cannot be written down as JSON Schema. */
export function jsonSchemaOf(schema: StandardSchemaV1 | undefined, side: "input" | "output"): unknown {
  const standard = schema?.["~standard"] as DescribesItself | undefined;
  try {
    return standard?.jsonSchema?.[side]?.({ target: "draft-2020-12" });
  } catch {
    return undefined; // a transform, a bigint: the method works, it is only not described
  }
}
