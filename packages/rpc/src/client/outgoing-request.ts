import { SkylarkError } from "@skylark/core";
import type { Link } from "../connection/link.js";
import { encodeApart } from "../wire/codec.js";
import { frameKinds } from "../wire/frame.js";
import { requestFlags, requestHeadBytes, writeRequestHead } from "../wire/request.js";
import type { ClientCall } from "./client-call.js";

/**
 * Sends the request of one attempt (clause RPC-CALL-1). `remainingMs`: Infinity for none; `messageBytesMax`: what the other
 * side takes. Throws `invalid_argument` for what has no form on the wire, `resource_exhausted` for what is too long or where
 * too much waits for the other side already: then nothing was sent.
 */
export function sendRequest(
  link: Link,
  call: ClientCall,
  method: number,
  stream: number,
  remainingMs: number,
  messageBytesMax: number,
): void {
  const { metadata } = call;
  let flags = call.descendsFromRetry ? call.flags | requestFlags.descendsFromRetry : call.flags;
  let head = requestHead;
  if (metadata) {
    flags |= requestFlags.metadata;
    head = Buffer.concat([requestHead, encodeApart(metadata)]);
  }
  const args = link.encode(call.args, "arguments", head.length);
  const size = args.end - args.start + head.length - requestHeadBytes;
  if (size > messageBytesMax) throw tooLarge(call, size, messageBytesMax);
  writeRequestHead(head, method, call.attempt, flags, remainingMs);
  link.message(frameKinds.request, stream, head, args);
}

const requestHead = Buffer.alloc(requestHeadBytes);

function tooLarge(call: ClientCall, bytes: number, most: number): SkylarkError {
  return new SkylarkError(
    "resource_exhausted",
    `the arguments of ${call.name} weigh ${bytes} bytes; the other side takes ${most} (messageBytesMax)`,
    { reason: "MESSAGE_TOO_LARGE", notExecuted: true },
  );
}
