/** Where a text stops being JSON, counted from 1 as editors do. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
}

/**
 * The first place where `text` is not JSON; undefined when it is JSON throughout. `JSON.parse` knows as well, but says so
 * in words that differ from one engine to the next, and sometimes not at all.
 */
export function jsonFault(text: string): JsonFault | undefined {
  const at = faultOffset(text);
  if (at === undefined) return undefined;
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: (before.at(-1) as string).length + 1 };
}

/** What may come next. `first…` stands behind an opening bracket, where the closing one may follow at once. */
type Expected = "value" | "firstValue" | "name" | "firstName" | "colon" | "commaOrEnd";

const tokenPattern =
  /[{}[\]:,]|"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/;

function faultOffset(text: string): number | undefined {
  const token = new RegExp(tokenPattern, "y");
  const open: ("{" | "[")[] = [];
  let expected: Expected = "value";
  for (let at = afterSpace(text, 0); at < text.length; at = afterSpace(text, token.lastIndex)) {
    token.lastIndex = at;
    const found = token.exec(text)?.[0];
    const next: Expected | undefined = found === undefined ? undefined : following(found, expected, open);
    if (next === undefined) return at;
    expected = next;
  }
  return open.length === 0 && expected === "commaOrEnd" ? undefined : text.length;
}

/** What may come after `found`; undefined where `found` itself must not stand. */
function following(found: string, expected: Expected, open: ("{" | "[")[]): Expected | undefined {
  const inside = open.at(-1);
  switch (found) {
    case "{":
    case "[":
      if (expected !== "value" && expected !== "firstValue") return undefined;
      open.push(found);
      return found === "{" ? "firstName" : "firstValue";
    case "}":
      if (inside !== "{" || (expected !== "firstName" && expected !== "commaOrEnd")) return undefined;
      open.pop();
      return "commaOrEnd";
    case "]":
      if (inside !== "[" || (expected !== "firstValue" && expected !== "commaOrEnd")) return undefined;
      open.pop();
      return "commaOrEnd";
    case ":":
      return expected === "colon" ? "value" : undefined;
    case ",":
      if (expected !== "commaOrEnd" || inside === undefined) return undefined;
      return inside === "{" ? "name" : "value";
    default:
      if (expected === "name" || expected === "firstName") return found.startsWith('"') ? "colon" : undefined;
      return expected === "value" || expected === "firstValue" ? "commaOrEnd" : undefined;
  }
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\n\r".includes(text[at] as string)) at++;
  return at;
}
