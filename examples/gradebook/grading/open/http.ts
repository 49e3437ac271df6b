import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { methodNotAllowed, readJson, sendJson } from "@skylark/http";
import { SkylarkError } from "skylark";
import { NewGrade } from "../grade.js";
import type { GradingService } from "../service/grading-service.js";

/** A grade is a few short fields; its comment in letters of three bytes, each escaped, is the longest. */
const bodyBytesMax = 16 * 1024;

/**
 * The same service for programs that speak plain HTTP, to be mounted at `/students`: `GET /students`,
 * `GET /students/{id}`, `POST /students/{id}/grades`. What it throws is for the port to answer, in the one shape of errors.
 */
export function gradingHttp(
  service: GradingService,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return (request, response) => respond(service, request, response);
}

async function respond(service: GradingService, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? "").split("?", 1)[0] as string;
  const [, , id, grades, ...rest] = path.split("/");
  const signal = hangUpOf(response);
  if (rest.length > 0 || (grades !== undefined && grades !== "grades")) throw refusePath(path);
  if (id === undefined) {
    takes(request, path, ["GET", "HEAD"]);
    sendJson(response, 200, await service.students(signal));
  } else if (grades === undefined) {
    takes(request, path, ["GET", "HEAD"]);
    sendJson(response, 200, await service.student(idOf(id), signal));
  } else {
    takes(request, path, ["POST"]);
    const grade = gradeOf(await readJson(request, { bytesMax: bodyBytesMax }), request.headers["idempotency-key"]);
    const added = await service.addGrade(idOf(id), grade, signal);
    sendJson(response, 201, added, { location: `/students/${idOf(id)}` });
  }
}

/** Aborts when whoever asked has gone. */
function hangUpOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => response.writableFinished || gone.abort());
  return gone.signal;
}

function takes({ method }: IncomingMessage, path: string, allowed: readonly string[]): void {
  if (!allowed.includes(method ?? "")) throw methodNotAllowed(path, method, allowed);
}

function idOf(text: string): number {
  if (/^\d{1,15}$/.test(text) && Number(text) > 0) return Number(text);
  throw invalid("id", `must be the number of a student, not ${JSON.stringify(text.slice(0, 40))}`);
}

/**
 * The grade that was handed in. Without an id of its own it takes that of the `Idempotency-Key`; without either, one is
 * made, and the same grade handed in twice counts twice.
 */
function gradeOf(body: unknown, key: string | string[] | undefined): NewGrade {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw invalid("", "the body must be an object with subject, kind and score");
  }
  const { success, data, error } = NewGrade.safeParse({ id: key ?? randomUUID(), ...body });
  if (success) return data;
  const problems = error.issues.map(({ path, message }) => {
    const ofKey = path[0] === "id" && !("id" in body);
    return { field: ofKey ? "Idempotency-Key" : path.join("."), problem: message };
  });
  throw refusal(problems);
}

interface Problem {
  readonly field: string;
  readonly problem: string;
}

function invalid(field: string, problem: string): SkylarkError {
  return refusal([{ field, problem }]);
}

function refusal(problems: readonly Problem[]): SkylarkError {
  const message = problems.map(({ field, problem }) => `${field} ${problem}`.trim()).join("; ");
  return new SkylarkError("invalid_argument", message, {
    reason: "VALIDATION",
    details: { problems },
    notExecuted: true,
  });
}

function refusePath(path: string): SkylarkError {
  const message = `there is no ${path}: there are /students, /students/{id} and /students/{id}/grades`;
  return new SkylarkError("not_found", message, { notExecuted: true });
}
