import type { IncomingMessage } from "node:http";
import { type ErrorCode, type ErrorReason, SkylarkError } from "@skylark/core";

/** An error with an HTTP status of its own. */
export class Refusal extends SkylarkError {
  readonly status: number;

  constructor(status: number, code: ErrorCode, message: string, reason?: ErrorReason) {
    super(code, message, { reason });
    this.status = status;
  }
}

/**
 * The JSON that a registry sent. A page in a browser on the same machine reaches every port of it: it cannot send JSON here
 * without naming its origin, and no registry has one.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (request.headers.origin !== undefined) {
    throw new Refusal(403, "permission_denied", "a patch comes from a registry, not from a page in a browser");
  }
  const type = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new Refusal(415, "invalid_argument", "a patch is application/json");
  const bytes = await readBytes(request);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch (thrown) {
    throw new SkylarkError("invalid_argument", `a patch is JSON in UTF-8: ${SkylarkError.from(thrown).message}`);
  }
}

async function readBytes(request: IncomingMessage): Promise<Uint8Array> {
  const message = `a patch has up to ${bodyBytesMax} bytes`;
  const tooLarge = (): Refusal => new Refusal(413, "resource_exhausted", message, "MESSAGE_TOO_LARGE");
  if (Number(request.headers["content-length"] ?? 0) > bodyBytesMax) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > bodyBytesMax) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Some ten thousand URLs: as much as the contract lets a body hold. */
const bodyBytesMax = 1024 * 1024;
