import { SkylarkError } from "@skylark/core";
import { coordinationLimits, type Operation, type Revision } from "../port.js";
import { checkKey } from "./key.js";

/** One step of a write as it travels: as in the port, but with the value as JSON text. */
export type StoredOperation =
  | { readonly kind: "create"; readonly key: string; readonly json: string; readonly ephemeral: boolean }
  | { readonly kind: "put"; readonly key: string; readonly json: string; readonly revision: Revision | undefined }
  | { readonly kind: "delete"; readonly key: string; readonly revision: Revision | undefined }
  | { readonly kind: "check"; readonly key: string; readonly revision: Revision | undefined };

/** Makes the text of a value, or refuses with `invalid_argument` what JSON cannot say. */
export function storedOperation(operation: Operation): StoredOperation {
  const { kind, key } = operation;
  if (kind === "create")
    return { kind, key, json: jsonOf(key, operation.value), ephemeral: operation.ephemeral ?? false };
  if (kind === "put") return { kind, key, json: jsonOf(key, operation.value), revision: operation.revision };
  return { kind, key, revision: operation.revision };
}

/** The limits of one atomic write, each with the error that names it. Both sides look: the client first, to spare the trip. */
export function checkOperations(operations: readonly StoredOperation[]): void {
  const { operationsMax, writeBytesMax } = coordinationLimits;
  if (operations.length > operationsMax) {
    throw new SkylarkError(
      "invalid_argument",
      `${operations.length} operations in one write; at most ${operationsMax}`,
    );
  }
  const keys = new Set<string>();
  let bytes = 0;
  for (const operation of operations) {
    checkKey(operation.key);
    if (keys.has(operation.key)) {
      throw new SkylarkError("invalid_argument", `key ${operation.key} occurs twice in one write; once is allowed`);
    }
    keys.add(operation.key);
    bytes += operation.key.length;
    if ("json" in operation) bytes += checkValue(operation.key, operation.json);
  }
  if (bytes > writeBytesMax)
    throw tooLarge(`a write of ${bytes} bytes; all its keys and values may have ${writeBytesMax}`);
}

function checkValue(key: string, json: string): number {
  const bytes = utf8Bytes(json);
  const { valueBytesMax, valueDepthMax } = coordinationLimits;
  if (bytes > valueBytesMax) {
    throw tooLarge(
      `the value of ${key} has ${bytes} bytes as JSON; at most ${valueBytesMax}. Store a reference to it instead`,
    );
  }
  if (json.length > 2 * valueDepthMax && depthOf(json) > valueDepthMax) {
    throw new SkylarkError("invalid_argument", `the value of ${key} is nested deeper than ${valueDepthMax} levels`);
  }
  return bytes;
}

function tooLarge(message: string): SkylarkError {
  return new SkylarkError("invalid_argument", message, { reason: "MESSAGE_TOO_LARGE", notExecuted: true });
}

function jsonOf(key: string, value: unknown): string {
  try {
    const json = JSON.stringify(value) as string | undefined; // undefined for a function, a symbol, undefined itself
    if (json !== undefined) return json;
  } catch (cause) {
    throw new SkylarkError("invalid_argument", `the value of ${key} cannot be written as JSON`, { cause });
  }
  throw new SkylarkError("invalid_argument", `the value of ${key} is ${typeof value}, which JSON cannot say`);
}

/** UTF-8 length without the platform's encoder: this folder stays pure. */
function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    const surrogate = unit >= 0xd800 && unit < 0xe000; // a pair is two units and four bytes
    bytes += unit < 0x800 || surrogate ? 1 : 2;
  }
  return bytes;
}

function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < json.length; at++) {
    const letter = json[at];
    if (quoted && letter === "\\") at++;
    else if (letter === '"') quoted = !quoted;
    else if (!quoted && (letter === "[" || letter === "{")) deepest = Math.max(deepest, ++depth);
    else if (!quoted && (letter === "]" || letter === "}")) depth--;
  }
  return deepest;
}
