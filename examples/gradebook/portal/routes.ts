import { SkylarkError } from "skylark";
import type { Grade, NewGrade, Student, StudentSummary } from "../grading/contract.js";
import { emptyForm, type FilledForm, readForm } from "./grade-form.js";
import type { Html } from "./pages/html.js";
import { awayPage, type Notice, plainPage } from "./pages/notice.js";
import { studentPage } from "./pages/student-page.js";
import { studentsPage } from "./pages/students-page.js";

/** What the portal needs of grading. */
export interface GradingCalls {
  students(): Promise<StudentSummary[]>;
  student(which: { id: number }): Promise<Student>;
  addGrade(what: { studentId: number; grade: NewGrade }): Promise<Grade>;
}

export interface PageRequest {
  readonly method: string;
  readonly path: string;
  /** What a form sent. */
  readonly form: URLSearchParams;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly page?: Html;
}

/** One request, one answer; whatever goes wrong becomes a page. */
export async function answer(request: PageRequest, grading: GradingCalls): Promise<Answer> {
  const { method, path } = request;
  const reads = method === "GET" || method === "HEAD";
  const id = /^\/students\/(\d{1,9})$/.exec(path)?.[1];
  if (path === "/") return reads ? { status: 302, headers: { location: "/students" } } : refuseMethod("GET, HEAD");
  if (path !== "/students" && id === undefined) return notFound("There is no such page.");
  try {
    if (id === undefined) {
      return reads ? { status: 200, page: studentsPage(await grading.students()) } : refuseMethod("GET, HEAD");
    }
    if (reads) return await showStudent(Number(id), grading);
    if (method === "POST") return await addGrade(Number(id), request.form, grading);
    return refuseMethod("GET, HEAD, POST");
  } catch (thrown) {
    if (SkylarkError.is(thrown, "not_found")) return notFound(`There is no student ${id}.`);
    if (isAway(thrown)) return { ...away, page: awayPage(path, retryAfterSeconds) };
    throw thrown;
  }
}

async function showStudent(id: number, grading: GradingCalls): Promise<Answer> {
  return { status: 200, page: studentPage({ id, student: await grading.student({ id }), form: emptyForm() }) };
}

/** 303 to the page with the new grade, so that a reload shows the page and sends nothing again. */
async function addGrade(id: number, body: URLSearchParams, grading: GradingCalls): Promise<Answer> {
  const { form, grade } = readForm(body);
  if (!grade) return formAgain(400, id, form, undefined, grading);
  try {
    await grading.addGrade({ studentId: id, grade });
    return { status: 303, headers: { location: `/students/${id}#grade-${grade.id}` } };
  } catch (thrown) {
    if (isAway(thrown))
      return { ...away, page: studentPage({ id, student: undefined, form, notice: notSaved(thrown) }) };
    if (!isRefusal(thrown)) throw thrown;
    return formAgain(409, id, form, { title: "Grading refuses this grade", text: thrown.message }, grading);
  }
}

/** The page as it was left: what was typed is still there. */
async function formAgain(
  status: number,
  id: number,
  form: FilledForm,
  notice: Notice | undefined,
  grading: GradingCalls,
): Promise<Answer> {
  try {
    return { status, page: studentPage({ id, student: await grading.student({ id }), form, notice }) };
  } catch (thrown) {
    if (!isAway(thrown)) throw thrown;
    return { status, page: studentPage({ id, student: undefined, form, notice: notice ?? notSaved(undefined) }) };
  }
}

const retryAfterSeconds = 5;

/**
 * 503: a browser shows such a page like any other, while a cache does not keep it, a monitor counts it, and a program
 * learns that this is not the content, and when to ask again.
 */
const away = { status: 503, headers: { "retry-after": String(retryAfterSeconds) } };

function isAway(thrown: unknown): thrown is SkylarkError {
  return SkylarkError.is(thrown, "unavailable") || SkylarkError.is(thrown, "deadline_exceeded");
}

const refusals = ["invalid_argument", "already_exists", "resource_exhausted", "aborted"] as const;

function isRefusal(thrown: unknown): thrown is SkylarkError {
  return refusals.some((code) => SkylarkError.is(thrown, code));
}

/** Sending again is safe in either case: the form carries the id of its grade. */
function notSaved(thrown: SkylarkError | undefined): Notice {
  const certain = thrown === undefined || thrown.notExecuted;
  const outcome = certain ? "The grade was not saved." : "Whether the grade was saved is not known.";
  return {
    title: "Grading is away",
    text: `${outcome} What you typed is still here: send it again in a moment. It will count once, however often it is sent.`,
  };
}

function notFound(text: string): Answer {
  return { status: 404, page: plainPage("Not found", text) };
}

function refuseMethod(allow: string): Answer {
  return {
    status: 405,
    headers: { allow },
    page: plainPage("Not that way", "This page does not take such a request."),
  };
}
