import { describe, expect, it } from "vitest";
import { z } from "zod";
import { schemaText } from "../src/output/schema-text.js";

function text(schema: z.ZodType): string {
  return schemaText(z.toJSONSchema(schema));
}

describe("a schema in the words of a type", () => {
  it("names the plain kinds", () => {
    expect([z.string(), z.number(), z.boolean(), z.null()].map(text)).toEqual(["string", "number", "boolean", "null"]);
    expect(text(z.unknown())).toBe("unknown");
    expect([undefined, null, true, false].map((schema) => schemaText(schema))).toEqual([
      "unknown",
      "unknown",
      "unknown",
      "false",
    ]);
  });

  it("shows fields, and which may be left out", () => {
    expect(text(z.object({ id: z.number(), grade: z.string().optional() }))).toBe("{ id: number, grade?: string }");
    expect(text(z.object({}))).toBe("{}");
    expect(text(z.record(z.string(), z.number()))).toBe("{ [key]: number }");
  });

  it("shows lists, tuples and choices", () => {
    expect(text(z.array(z.object({ id: z.string() })))).toBe("{ id: string }[]");
    expect(text(z.array(z.enum(["A", "B"])))).toBe('("A" | "B")[]');
    expect(text(z.tuple([z.string(), z.number()]))).toBe("[string, number]");
    expect(text(z.union([z.string(), z.null()]))).toBe("string | null");
    expect(text(z.literal(7))).toBe("7");
  });

  it("stops at depths where nobody reads on, also where a schema holds itself", () => {
    interface Tree {
      readonly children: readonly Tree[];
    }
    const Tree: z.ZodType<Tree> = z.object({ children: z.array(z.lazy(() => Tree)) });
    expect(text(Tree)).toBe("{ children: …[] }");
    const deep = Array.from({ length: 20 }).reduce<unknown>((items) => ({ type: "array", items }), { type: "string" });
    expect(schemaText(deep)).toBe("…[][][][][][][][][]");
  });

  it("shows the schema itself, shortened, where it knows no better", () => {
    expect(schemaText({ not: { type: "string" } })).toBe('{"not":{"type":"string"}}');
    expect(schemaText({ not: { const: "x".repeat(200) } })).toMatch(/^\{"not":.{113}…$/);
  });
});
