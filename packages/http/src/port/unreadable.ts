import { HttpRefusal } from "../answer/http-refusal.js";
import { lastWords } from "../answer/last-words.js";
import { httpLimits } from "../limits.js";

/** What to say to bytes of which no request could be made; undefined where nobody is there any more to hear it. */
export function wordsFor(error: Error): string | Uint8Array | undefined {
  if ((error as { readonly code?: unknown }).code === "HPE_PAUSED_H2_UPGRADE") return http11Required;
  const refusal = refusalOf(error);
  return refusal && lastWords(refusal);
}

/** To who speaks HTTP/2: empty SETTINGS, and a GOAWAY that asks for HTTP/1.1 instead (RFC 9113, 6.8 and 7). */
const http11Required = Buffer.from("000000040000000000000008070000000000000000000000000d", "hex");

function refusalOf(error: Error): HttpRefusal | undefined {
  const { code, reason } = error as { readonly code?: unknown; readonly reason?: unknown };
  if (typeof code !== "string") return undefined;
  const { headerBytesMax, headersTimeoutMs, requestTimeoutMs } = httpLimits;
  if (code === "HPE_HEADER_OVERFLOW") {
    return new HttpRefusal(
      431,
      "resource_exhausted",
      `request line and headers are longer than ${headerBytesMax} bytes`,
    );
  }
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") {
    return new HttpRefusal(413, "resource_exhausted", "the extensions of a chunk are too long", {
      reason: "MESSAGE_TOO_LARGE",
    });
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    const most = `headers have ${headersTimeoutMs} ms, the whole request ${requestTimeoutMs} ms`;
    return new HttpRefusal(408, "deadline_exceeded", `the request did not arrive in time: ${most}`);
  }
  if (!code.startsWith("HPE_")) return undefined;
  const why = typeof reason === "string" && reason !== "" ? reason : code;
  return new HttpRefusal(400, "invalid_argument", `this is no HTTP/1.1 request: ${why}`);
}
