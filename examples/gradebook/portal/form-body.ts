import type { IncomingMessage } from "node:http";
import { readText, unsupportedMediaType } from "@skylark/http";

/** A form is a few short fields; its comment, percent-encoded, is the longest. */
const bodyBytesMax = 16 * 1024;

const formType = "application/x-www-form-urlencoded";

/** What a form sent. Refuses what is none (415) or too long (413). */
export async function readFormBody(request: IncomingMessage): Promise<URLSearchParams> {
  const type = request.headers["content-type"];
  if (type?.split(";", 1)[0]?.trim().toLowerCase() !== formType) throw unsupportedMediaType(type, formType);
  return new URLSearchParams(await readText(request, { bytesMax: bodyBytesMax }));
}
