import { SkylarkError } from "@skylark/core";
import { coordinationLimits, type Revision, type SessionId } from "../port.js";
import { checkKey, checkPrefix } from "../state/key.js";
import { checkOperations, type StoredOperation } from "../state/operation.js";
import { type CallRequest, type ClientMessage, coordinationProtocolVersion, type KnownSession } from "./messages.js";

type Fields = Record<string, unknown>;

/**
 * Reads what a client sent, trusting nothing. Throws PROTOCOL for what no client of ours would send; that ends the
 * connection. A call's content is read apart, by `readRequest`: an error there fails the call alone.
 */
export function readClientMessage(message: unknown): ClientMessage | { kind: "call"; call: number; request: unknown } {
  const fields = fieldsOf(message);
  switch (fields["kind"]) {
    case "hello":
      return { kind: "hello", version: version(fields), ttlMs: ttl(fields), session: session(fields["session"]) };
    case "keepAlive":
      return { kind: "keepAlive", number: number(fields, "number") };
    case "call":
      return { kind: "call", call: number(fields, "call"), request: fields["request"] };
    case "watch": {
      const { prefix } = fields;
      checkPrefix(prefix);
      return { kind: "watch", watch: number(fields, "watch"), prefix };
    }
    case "unwatch":
      return { kind: "unwatch", watch: number(fields, "watch") };
    case "leave":
      return { kind: "leave" };
    default:
      throw broken(`a message of kind ${JSON.stringify(fields["kind"])?.slice(0, 40)}`);
  }
}

/** Throws `invalid_argument` for what the port does not allow. */
export function readRequest(request: unknown): CallRequest {
  const fields = fieldsOf(request);
  const { kind } = fields;
  if (kind === "get") {
    const { key } = fields;
    checkKey(key);
    return { kind, key };
  }
  if (kind === "list" || kind === "children") {
    const { parent } = fields;
    checkPrefix(parent);
    return { kind, parent };
  }
  if (kind !== "write" || !Array.isArray(fields["operations"])) throw broken("a request of unknown kind");
  const operations = fields["operations"].map(readOperation);
  checkOperations(operations);
  return { kind, operations };
}

function readOperation(operation: unknown): StoredOperation {
  const fields = fieldsOf(operation);
  const { kind } = fields;
  const key = text(fields, "key");
  const revision = (fields["revision"] ?? undefined) as Revision | undefined;
  if (revision !== undefined && typeof revision !== "string") throw broken("a revision that is no text");
  if (kind === "create") return { kind, key, json: json(fields), ephemeral: fields["ephemeral"] === true };
  if (kind === "put") return { kind, key, json: json(fields), revision };
  if (kind === "delete" || kind === "check") return { kind, key, revision };
  throw broken("an operation of unknown kind");
}

const betweenTokens = /[\n\r\t]/; // JSON allows them raw between tokens; a line of the journal does not

/** The text goes into the journal as it is, so it must be one JSON value on one line. */
function json(fields: Fields): string {
  const given = text(fields, "json");
  try {
    const value: unknown = JSON.parse(given);
    return betweenTokens.test(given) ? JSON.stringify(value) : given;
  } catch (cause) {
    throw new SkylarkError("invalid_argument", `the value of ${text(fields, "key")} is not JSON`, { cause });
  }
}

function version(fields: Fields): number {
  const theirs = fields["version"];
  if (theirs === coordinationProtocolVersion) return theirs;
  const message = `the store's host speaks version ${coordinationProtocolVersion} of its protocol, this client ${String(theirs)}: run the same version of Skylark in all processes`;
  throw new SkylarkError("failed_precondition", message, { reason: "PROTOCOL" });
}

function ttl(fields: Fields): number {
  const { sessionTtlMsMin, sessionTtlMsMax } = coordinationLimits;
  return Math.min(Math.max(number(fields, "ttlMs"), sessionTtlMsMin), sessionTtlMsMax);
}

function session(given: unknown): KnownSession | null {
  if (given === null || given === undefined) return null;
  const fields = fieldsOf(given);
  const host = { epoch: number(fields, "epoch"), hostTag: text(fields, "hostTag") };
  return { id: text(fields, "id") as SessionId, storeId: text(fields, "storeId"), ...host };
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw broken("a message that is no object");
  return value as Fields;
}

function number(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw broken(`no whole number ${name}`);
  return value;
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw broken(`no text ${name}`);
  return value;
}

function broken(what: string): SkylarkError {
  return new SkylarkError("invalid_argument", `the client of the store sent ${what}`, { reason: "PROTOCOL" });
}
