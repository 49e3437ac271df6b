import { isShallow, parsedJson } from "./json.js";
import { type LineFields, lineLimits } from "./line.js";

/** The message as it is kept: whole, or cut between two letters, with how much is missing. */
export function boundedMessage(message: string): string {
  const { messageBytesMax } = lineLimits;
  if (message.length * 3 <= messageBytesMax) return message; // no letter of UTF-16 takes more than three bytes
  const bytes = Buffer.byteLength(message);
  if (bytes <= messageBytesMax) return message;
  const start = Buffer.from(message.slice(0, messageBytesMax)).subarray(0, messageBytesMax - markBytes);
  const kept = start.toString("utf8").replace(/\uFFFD+$/, ""); // half a letter
  return `${kept} … (cut: ${bytes - Buffer.byteLength(kept)} of ${bytes} bytes)`;
}

/** Room for the mark, whatever the numbers in it. */
const markBytes = 64;

/** The JSON of the fields as they are kept; they arrived over the wire. What is too much is replaced by a word on it. */
export function boundedFieldsText(fields: LineFields): string {
  return isShallow(fields) ? lightText(fields) : cut(tooDeep);
}

/** The fields as they are sent: plain JSON, whatever they were. What is too much is replaced by a word on it. */
export function boundedFields(fields: LineFields): LineFields {
  const value = parsedJson(lightText(fields)) as LineFields;
  return isShallow(value) ? value : { cut: tooDeep };
}

const tooDeep = `the fields lie more than ${lineLimits.fieldsDepthMax} levels inside each other`;

function lightText(fields: LineFields): string {
  const text = jsonOf(fields);
  if (text === undefined) return cut("the fields have no JSON form");
  const bytes = text.length * 3 <= lineLimits.fieldsBytesMax ? 0 : Buffer.byteLength(text);
  if (bytes <= lineLimits.fieldsBytesMax) return text;
  return cut(`the fields weigh ${bytes} bytes; ${lineLimits.fieldsBytesMax} are kept at most`);
}

function cut(why: string): string {
  return JSON.stringify({ cut: why });
}

/** What has a `toJSON` of its own may answer anything; fields are an object. */
function jsonOf(fields: LineFields): string | undefined {
  try {
    const text = JSON.stringify(fields, (_key, each: unknown) => (typeof each === "bigint" ? each.toString() : each));
    return text?.startsWith("{") ? text : undefined;
  } catch {
    return undefined; // a circle, or something that fails when it is looked at
  }
}

/** A name or an id as it is kept. */
export function boundedName(name: string): string {
  return name.length <= lineLimits.nameLettersMax ? name : `${name.slice(0, lineLimits.nameLettersMax - 1)}…`;
}
