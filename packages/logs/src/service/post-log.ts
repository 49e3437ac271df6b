import type { IncomingMessage, ServerResponse } from "node:http";
import { SkylarkError } from "@skylark/core";
import { methodNotAllowed, readText, sendError, sendJson } from "@skylark/http/internal";
import { boundedName } from "../line/bounds.js";
import { isLineLevel, type LineLevel, lineLevels } from "../line/level.js";
import { lineLimits, type SentLine } from "../line/line.js";
import type { LogStore } from "../store/log-store.js";

/** Named limits of what is posted, each with its reason. */
export const postLimits = {
  /** Ten thousand lines of the usual length; who has more sends it in parts. */
  bytesMax: 1024 * 1024,
  /** Each line costs some hundred bytes beside its text. */
  linesMax: 10_000,
} as const;

/**
 * `POST /log` for programs in any language: the body is text, each of its lines is kept as one. 204 when they are written.
 *
 * What the lines are said to be comes with the request: `?origin=` or `Skylark-Origin` (else the address of who sends them),
 * `?level=` (else info), `?request=` or `X-Request-Id`.
 */
export function postLog(
  store: LogStore,
  instance: string,
): (request: IncomingMessage, response: ServerResponse) => void {
  let posted = 0;
  const numbered = (lines: readonly Omit<SentLine, "sequence">[]): SentLine[] =>
    lines.map((line) => ({ ...line, sequence: ++posted }));
  return (request, response) => {
    linesOf(request)
      .then(({ origin, lines }) => store.append({ origin, instance }, numbered(lines)))
      .then(
        () => sendJson(response, 204, undefined),
        (thrown: unknown) => sendError(response, thrown),
      );
  };
}

interface Posted {
  readonly origin: string;
  readonly lines: readonly Omit<SentLine, "sequence">[];
}

async function linesOf(request: IncomingMessage): Promise<Posted> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  if (pathname !== "/log")
    throw new SkylarkError("not_found", `there is nothing at ${pathname}: lines are posted to /log`);
  if (request.method !== "POST") throw methodNotAllowed("/log", request.method, ["POST"]);
  const level = levelOf(searchParams.get("level"));
  const origin = boundedName(
    searchParams.get("origin") || headerOf(request, "skylark-origin") || request.socket.remoteAddress || "unknown",
  );
  const id = searchParams.get("request") || headerOf(request, "x-request-id");
  const about = id && id.length <= lineLimits.nameLettersMax ? { request: id } : {};
  const messages = messagesIn(await readText(request, { bytesMax: postLimits.bytesMax }));
  const time = new Date().toISOString();
  return { origin, lines: messages.map((message) => ({ time, level, message, ...about })) };
}

function messagesIn(body: string): string[] {
  const messages = body.split(/\r?\n/).filter((line) => line !== "");
  if (messages.length === 0) {
    throw new SkylarkError("invalid_argument", "the body has no line: send text, one or several lines of it");
  }
  if (messages.length <= postLimits.linesMax) return messages;
  throw new SkylarkError(
    "resource_exhausted",
    `the body has ${messages.length} lines: send at most ${postLimits.linesMax} at once`,
    { reason: "MESSAGE_TOO_LARGE" },
  );
}

function levelOf(text: string | null): LineLevel {
  if (text === null) return "info";
  if (isLineLevel(text)) return text;
  const problem = `"${text.slice(0, 20)}" is no level: ${lineLevels.join(", ")}`;
  throw new SkylarkError("invalid_argument", `level: ${problem}`, {
    reason: "VALIDATION",
    details: { problems: [{ field: "level", problem }] },
  });
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
