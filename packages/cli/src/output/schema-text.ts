/**
 * A JSON Schema in the words of a TypeScript type, for people: `{ studentId: integer, grade?: string }[]`. What it cannot
 * say so shortly is shown as the schema itself.
 */
export function schemaText(schema: unknown, depth = 0): string {
  if (schema === undefined || schema === null) return "unknown";
  if (typeof schema !== "object") return schema === true ? "unknown" : JSON.stringify(schema);
  if (depth > depthMax) return "…";
  const parts = schema as SchemaParts;
  if (parts.$ref !== undefined) return nameOf(parts.$ref);
  if (parts.const !== undefined) return JSON.stringify(parts.const);
  if (parts.enum) return parts.enum.map((each) => JSON.stringify(each)).join(" | ");
  const choices = parts.anyOf ?? parts.oneOf;
  if (choices) return choices.map((each) => schemaText(each, depth + 1)).join(" | ");
  if (parts.allOf) return parts.allOf.map((each) => schemaText(each, depth + 1)).join(" & ");
  if (Array.isArray(parts.type)) return parts.type.join(" | ");
  if (parts.type === "array") return arrayText(parts, depth);
  if (parts.type === "object") return objectText(parts, depth);
  return typeof parts.type === "string" ? parts.type : shortened(parts);
}

/** `#/$defs/Student`, or `#` for the schema around it. */
function nameOf(reference: string): string {
  return reference === "#" ? "…" : reference.slice(reference.lastIndexOf("/") + 1);
}

interface SchemaParts {
  readonly $schema?: string;
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly unknown[];
  readonly oneOf?: readonly unknown[];
  readonly allOf?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly items?: unknown;
  readonly prefixItems?: readonly unknown[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
}

function arrayText({ items, prefixItems }: SchemaParts, depth: number): string {
  if (prefixItems) return `[${prefixItems.map((each) => schemaText(each, depth + 1)).join(", ")}]`;
  const item = schemaText(items, depth + 1);
  return / [|&] /.test(item) && !item.endsWith("}") ? `(${item})[]` : `${item}[]`;
}

function objectText({ properties = {}, required = [], additionalProperties }: SchemaParts, depth: number): string {
  const fields = Object.entries(properties).map(
    ([name, schema]) => `${name}${required.includes(name) ? "" : "?"}: ${schemaText(schema, depth + 1)}`,
  );
  if (typeof additionalProperties === "object" && additionalProperties !== null) {
    fields.push(`[key]: ${schemaText(additionalProperties, depth + 1)}`);
  }
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

function shortened(parts: SchemaParts): string {
  const { $schema: _, ...rest } = parts;
  if (Object.keys(rest).length === 0) return "unknown";
  const text = JSON.stringify(rest);
  return text.length > lettersMax ? `${text.slice(0, lettersMax)}…` : text;
}

const depthMax = 8;
const lettersMax = 120;
