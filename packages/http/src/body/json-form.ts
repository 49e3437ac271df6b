import { SkylarkError } from "@skylark/core";
import { httpLimits } from "../limits.js";

/**
 * A value as JSON. What JSON would change in silence or cannot say is refused by its place and name, `internal`: whoever
 * answers with it has promised something that cannot be kept here. A Date becomes its ISO text, an object what its `toJSON`
 * answers; a field that is undefined is left out. `method`: whose result it is.
 */
export function jsonOf(value: unknown, method: string): string {
  try {
    const problem = problemOf(value, 0);
    if (!problem) return JSON.stringify(value);
    throw new SkylarkError(
      "internal",
      `the result of ${method} has no JSON form: result${problem.place} is ${problem.found}`,
    );
  } catch (thrown) {
    if (SkylarkError.is(thrown, "internal")) throw thrown;
    const { message, cause } = SkylarkError.from(thrown);
    throw new SkylarkError("internal", `the result of ${method} cannot be read: ${message}`, { cause });
  }
}

interface Problem {
  readonly found: string;
  readonly place: string;
}

function problemOf(value: unknown, depth: number): Problem | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : here(String(value));
    case "object":
      if (value === null) return undefined;
      if (depth === httpLimits.jsonDepthMax) return here(`more than ${depth} levels deep: does it hold itself?`);
      return Array.isArray(value) ? problemInList(value, depth + 1) : problemInObject(value, depth + 1);
    case "undefined":
      return here("undefined");
    default:
      return here(`a ${typeof value}`);
  }
}

function problemInList(list: readonly unknown[], depth: number): Problem | undefined {
  for (let index = 0; index < list.length; index++) {
    const problem = problemOf(list[index], depth);
    if (problem) return { ...problem, place: `[${index}]${problem.place}` };
  }
  return undefined;
}

function problemInObject(value: object, depth: number): Problem | undefined {
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    if (ArrayBuffer.isView(value)) return here(`${article(tag)} ${tag}: send base64, or plain numbers`);
    if (tag === "Date") return Number.isNaN(Date.prototype.getTime.call(value)) ? here("an invalid Date") : undefined;
    if (tag !== "Object" && typeof toJSON !== "function") return here(`${article(tag)} ${tag}`);
  }
  if (typeof toJSON === "function") return problemOf((toJSON as () => unknown).call(value), depth);
  return problemInFields(value as Readonly<Record<string, unknown>>, depth);
}

function problemInFields(fields: Readonly<Record<string, unknown>>, depth: number): Problem | undefined {
  for (const key of Object.keys(fields)) {
    const field = fields[key];
    if (field === undefined) continue;
    const problem = key === "__proto__" ? here("a key that no receiver takes") : problemOf(field, depth);
    if (problem) return { ...problem, place: `${stepTo(key)}${problem.place}` };
  }
  return undefined;
}

function here(found: string): Problem {
  return { found, place: "" };
}

function stepTo(key: string): string {
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 64))}]`;
}

function article(noun: string): string {
  return /^[AEIO]/.test(noun) ? "an" : "a";
}
