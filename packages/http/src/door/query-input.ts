import { SkylarkError } from "@skylark/core";
import { parseJson } from "../body/json-text.js";

/**
 * The input that a query stands for: an object of its names, each with its text, or with a list of texts where it comes more
 * than once; `?input=<json>` alone is that JSON; no query is `undefined`. Types are not guessed: what shall be a number is
 * made one by its schema, or sent as JSON. `invalid_argument` where it cannot be read.
 */
export function queryInput(url: string): unknown {
  const start = url.indexOf("?");
  const query = start < 0 ? "" : url.slice(start + 1);
  if (query === "") return undefined;
  const pairs = query.split("&").map(readPair);
  const [[name, value] = []] = pairs;
  if (pairs.length === 1 && name === "input" && value !== undefined) return parseJson(value, "the input");
  const input = new Map<string, string | string[]>();
  for (const [each, text] of pairs) {
    if (each === "__proto__") throw refused('has a name "__proto__"');
    const before = input.get(each);
    if (before === undefined) input.set(each, text);
    else if (typeof before === "string") input.set(each, [before, text]);
    else before.push(text);
  }
  return Object.fromEntries(input);
}

function readPair(pair: string): [name: string, value: string] {
  const equals = pair.indexOf("=");
  if (equals < 0) return [decoded(pair), ""];
  return [decoded(pair.slice(0, equals)), decoded(pair.slice(equals + 1))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw refused(`cannot be decoded at ${JSON.stringify(text.slice(0, 100))}`);
  }
}

function refused(why: string): SkylarkError {
  return new SkylarkError("invalid_argument", `the query ${why}`, { notExecuted: true });
}
