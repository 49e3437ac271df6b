import type { Metadata } from "../call-context.js";
import { decodeNext, decodeValue } from "../wire/codec.js";
import type { CallerIdentity } from "../wire/handshake.js";
import { protocolError } from "../wire/protocol-error.js";
import { requestFlags, requestHeadBytes } from "../wire/request.js";
import type { GuestRequest } from "./guest-request.js";
import type { OfferedMethod } from "./offer.js";
import { ServerCall, type ServerCallOwner } from "./server-call.js";

/** The call that a request begins, by its head. The owner watches over its deadline. */
export function arrivedCall(
  owner: ServerCallOwner,
  method: OfferedMethod,
  stream: number,
  bytes: Buffer,
  start: number,
): ServerCall {
  const remainingMs = bytes.readUInt32BE(start + 4);
  const now = owner.clock.now();
  const deadlineAt = remainingMs === 0 ? Number.POSITIVE_INFINITY : now + remainingMs;
  const fromRetry = hasFlag(bytes, start, requestFlags.descendsFromRetry);
  const attempt = bytes[start + 2] as number;
  return new ServerCall(owner, method, stream, attempt, fromRetry, now, deadlineAt);
}

/** What a request says that nobody waits for. Throws where its arguments cannot be read. */
export function arrivedOneWay(
  caller: CallerIdentity,
  peer: string,
  bytes: Buffer,
  start: number,
  end: number,
): GuestRequest {
  const remainingMs = bytes.readUInt32BE(start + 4);
  const call = { metadata: {} };
  const args = readArguments(call, bytes, start, end);
  return {
    args,
    caller,
    peer,
    timeoutMs: remainingMs === 0 ? Number.POSITIVE_INFINITY : remainingMs,
    metadata: call.metadata,
    descendsFromRetry: hasFlag(bytes, start, requestFlags.descendsFromRetry),
  };
}

export function hasFlag(bytes: Buffer, start: number, flag: number): boolean {
  return ((bytes[start + 3] as number) & flag) !== 0;
}

/** The arguments of a request; its metadata goes into the call. Throws where they cannot be read. */
export function readArguments(call: { metadata: Metadata }, bytes: Buffer, start: number, end: number): unknown[] {
  let at = start + requestHeadBytes;
  if (hasFlag(bytes, start, requestFlags.metadata)) {
    call.metadata = metadataOf(decodeNext(bytes, at, end, ended));
    at = ended.at;
  }
  const args = decodeValue(bytes, at, end);
  if (Array.isArray(args)) return args;
  throw protocolError("the arguments of a call are not a list");
}

const ended = { at: 0 };

function metadataOf(value: unknown): Metadata {
  const isMap = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (isMap && Object.values(value).every((each) => typeof each === "string")) return value as Metadata;
  throw protocolError("the metadata of a call is not a map from strings to strings");
}
