import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { SkylarkError } from "@skylark/core";
import { HttpRefusal, unsupportedMediaType } from "../answer/http-refusal.js";
import { httpLimits } from "../limits.js";
import type { BodyBudget } from "./body-budget.js";
import { parseJson } from "./json-text.js";

export interface BodyLimits {
  /** Default: 4 MiB. */
  readonly bytesMax?: number | undefined;
}

/** What whoever reads many bodies bounds besides. */
interface SharedLimits extends BodyLimits {
  /** Shared with others that are read at the same time. Spent: 503, `resource_exhausted`. */
  readonly budget?: BodyBudget | undefined;
}

/**
 * The body of a request. What says that it is longer than `bytesMax` is refused before it is read, what does not say so as
 * soon as it is: `resource_exhausted` with reason MESSAGE_TOO_LARGE, which `sendError` answers with 413. A client that hangs
 * up: `cancelled`. A body that is compressed: 415.
 */
export async function readBody(
  request: IncomingMessage,
  { bytesMax = httpLimits.bodyBytesMax, budget }: SharedLimits = {},
): Promise<Buffer> {
  const { "content-length": declared, "content-encoding": encoding } = request.headers;
  if (declared !== undefined && Number(declared) > bytesMax) throw tooLarge(bytesMax);
  if (encoding !== undefined && encoding !== "identity") throw unsupportedMediaType(encoding, "identity");
  if (request.destroyed && !request.complete) throw hungUp();
  return await new Promise<Buffer>((resolve, reject) => {
    const body = new GrowingBuffer(bytesMax, budget);
    const stop = (): void => {
      body.release();
      request.off("data", take).off("end", whole).off("error", lost).off("close", lost);
    };
    const whole = (): void => {
      stop();
      resolve(body.bytes());
    };
    const lost = (): void => {
      stop();
      reject(hungUp());
    };
    const take = (chunk: Buffer): void => {
      const refusal = body.append(chunk);
      if (!refusal) return;
      stop();
      request.pause();
      reject(refusal);
    };
    request.on("data", take).on("end", whole).on("error", lost).on("close", lost);
  });
}

/** The body as text. `invalid_argument` where it is not UTF-8. */
export async function readText(request: IncomingMessage, limits?: SharedLimits): Promise<string> {
  const bytes = await readBody(request, limits);
  if (!isUtf8(bytes)) throw new SkylarkError("invalid_argument", "the body is not UTF-8", { notExecuted: true });
  return bytes.toString("utf8");
}

/**
 * The body as the value that its JSON stands for; undefined where it is empty. Who sends it must call it `application/json`
 * (else 415), which no form and no page of another site can do unasked. `invalid_argument` where it is no JSON, more than 64
 * levels deep, or names a prototype.
 */
export async function readJson(request: IncomingMessage, limits?: SharedLimits): Promise<unknown> {
  const type = request.headers["content-type"];
  if (mediaTypeOf(type) !== "application/json") throw unsupportedMediaType(type, "application/json");
  const text = await readText(request, limits);
  return text === "" ? undefined : parseJson(text);
}

/** `application/json` of `Application/JSON; charset=utf-8`. */
function mediaTypeOf(contentType: string | undefined): string | undefined {
  return contentType?.split(";", 1)[0]?.trim().toLowerCase();
}

/** One piece of memory, grown as it fills: a body in a million pieces of one byte weighs no more than in one. */
class GrowingBuffer {
  readonly #bytesMax: number;
  readonly #budget: BodyBudget | undefined;
  #held: Buffer = Buffer.alloc(0);
  #filled = 0;
  #taken = 0;

  constructor(bytesMax: number, budget: BodyBudget | undefined) {
    this.#bytesMax = bytesMax;
    this.#budget = budget;
  }

  /** Why it cannot. */
  append(piece: Buffer): SkylarkError | undefined {
    const filled = this.#filled + piece.length;
    if (filled > this.#bytesMax) return tooLarge(this.#bytesMax);
    if (this.#budget && !this.#budget.take(piece.length)) return tooManyBodies();
    this.#taken += piece.length;
    if (this.#filled === 0) {
      this.#held = piece;
    } else {
      if (filled > this.#held.length) this.#grow(filled);
      piece.copy(this.#held, this.#filled);
    }
    this.#filled = filled;
    return undefined;
  }

  bytes(): Buffer {
    return this.#held.subarray(0, this.#filled);
  }

  /** It is read, or will not be. */
  release(): void {
    this.#budget?.giveBack(this.#taken);
    this.#taken = 0;
  }

  #grow(atLeast: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#bytesMax, Math.max(atLeast, 2 * this.#held.length)));
    this.#held.copy(grown, 0, 0, this.#filled);
    this.#held = grown;
  }
}

function tooManyBodies(): HttpRefusal {
  return new HttpRefusal(503, "resource_exhausted", "too many bodies are being read here: come back later", {
    headers: { "retry-after": "1" },
  });
}

function tooLarge(bytesMax: number): SkylarkError {
  return new SkylarkError("resource_exhausted", `the body is longer than the ${bytesMax} bytes that are taken here`, {
    reason: "MESSAGE_TOO_LARGE",
    notExecuted: true,
  });
}

function hungUp(): SkylarkError {
  return new SkylarkError("cancelled", "the client hung up before its request had arrived");
}
