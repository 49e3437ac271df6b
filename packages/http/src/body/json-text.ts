import { SkylarkError } from "@skylark/core";
import { httpLimits } from "../limits.js";

/**
 * The value that a JSON text from outside stands for. `invalid_argument` where it is no JSON, where lists and objects lie
 * more than 64 levels inside each other, or where an object has a key `__proto__`, as in the native protocol. `what`: how errors call it.
 */
export function parseJson(text: string, what = "the body"): unknown {
  if (isTooDeep(text)) throw refused(what, `is more than ${httpLimits.jsonDepthMax} levels deep`);
  try {
    return mayNamePrototype(text)
      ? JSON.parse(text, (key, value) => withoutPrototypes(key, value, what))
      : JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SkylarkError) throw thrown;
    throw refused(what, `is no JSON: ${SkylarkError.from(thrown).message}`);
  }
}

/** Before anything is built: two million levels fit into four million letters, and their objects weigh fifty times that. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text.charCodeAt(at);
    if (inString) {
      if (letter === backslash) at++;
      else if (letter === quote) inString = false;
    } else if (letter === quote) inString = true;
    else if (letter === openList || letter === openObject) {
      if (++depth > httpLimits.jsonDepthMax) return true;
    } else if (letter === closeList || letter === closeObject) depth--;
  }
  return false;
}

const [quote, backslash, openList, closeList, openObject, closeObject] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/** The key may be written with escapes; asking each object costs, so only texts that could have one pay. */
function mayNamePrototype(text: string): boolean {
  return text.includes("__proto__") || text.includes("\\u");
}

function withoutPrototypes(key: string, value: unknown, what: string): unknown {
  if (key === "__proto__") throw refused(what, 'has an object with a key "__proto__"');
  return value;
}

function refused(what: string, why: string): SkylarkError {
  return new SkylarkError("invalid_argument", `${what} ${why}`, { notExecuted: true });
}
