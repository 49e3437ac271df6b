import { lineLimits } from "./line.js";

/** The value of a JSON text. A key `__proto__` is left out: no reader of ours takes one. Throws where it is no JSON. */
export function parsedJson(text: string): unknown {
  const mayNamePrototype = text.includes("__proto__") || text.includes("\\u");
  return mayNamePrototype ? JSON.parse(text, withoutPrototype) : JSON.parse(text);
}

function withoutPrototype(key: string, value: unknown): unknown {
  return key === "__proto__" ? undefined : value;
}

/** Whether a value of lists and objects lies at most so many levels inside itself as may be sent. */
export function isShallow(value: unknown, levels: number = lineLimits.fieldsDepthMax): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (levels === 0) return false;
  for (const each of Object.values(value)) if (!isShallow(each, levels - 1)) return false;
  return true;
}
