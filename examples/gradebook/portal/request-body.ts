import type { IncomingMessage } from "node:http";

/** A form is a few short fields; its comment, percent-encoded, is the longest. */
const bodyBytesMax = 16 * 1024;

/** Why a request is refused before anybody looks at what it asks for. */
export interface Refusal {
  readonly status: 403 | 413 | 415;
  readonly text: string;
}

/** What a form sent. */
export async function readFormBody(request: IncomingMessage): Promise<URLSearchParams | Refusal> {
  if (!isFromHere(request)) return { status: 403, text: "This form was sent by another site." };
  const type = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") return { status: 415, text: "A form is what can be sent here." };
  const tooLarge: Refusal = { status: 413, text: `A form holds at most ${bodyBytesMax} bytes.` };
  if (Number(request.headers["content-length"] ?? 0) > bodyBytesMax) return tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > bodyBytesMax) return tooLarge;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

/** A page of another site can make a browser send a form here; the browser then names that site. */
function isFromHere({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin === undefined || origin === `http://${host}`;
}
