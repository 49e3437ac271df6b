import { SkylarkError } from "skylark";
import type { Grade, NewGrade, Student, StudentSummary } from "../grading/open/contract.js";
import { emptyForm, type FilledForm, readForm } from "./grade-form.js";
import { aboutPage } from "./pages/about-page.js";
import type { Html } from "./pages/html.js";
import type { Notice } from "./pages/notice.js";
import { awayPage, plainPage } from "./pages/plain-pages.js";
import { studentPage } from "./pages/student-page.js";
import { studentsPage } from "./pages/students-page.js";
import type { Presence, SystemStatus } from "./status/system-status.js";

/** What the portal needs of grading. */
export interface GradingCalls {
  students(): Promise<StudentSummary[]>;
  student(which: { id: number }): Promise<Student>;
  addGrade(what: { studentId: number; grade: NewGrade }): Promise<Grade>;
}

/** What the pages are made from. */
export interface PageSources {
  readonly grading: GradingCalls;
  /** Whether the log service is there. */
  logPresence(): Presence;
  /** Hears that grading did not answer a request. */
  gradingFailed(): void;
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
export async function answer(request: PageRequest, sources: PageSources): Promise<Answer> {
  const { method, path } = request;
  const reads = method === "GET" || method === "HEAD";
  const status = withGrading("here", sources);
  const refuseMethod = (allow: string): Answer => ({
    status: 405,
    headers: { allow },
    page: plainPage("Not that way", "This page does not take such a request.", status),
  });
  const id = /^\/students\/(\d{1,9})$/.exec(path)?.[1];
  if (path === "/") return reads ? { status: 302, headers: { location: "/students" } } : refuseMethod("GET, HEAD");
  if (path === "/about") return reads ? { status: 200, page: aboutPage(status) } : refuseMethod("GET, HEAD");
  if (path !== "/students" && id === undefined) return notFound("There is no such page.", status);
  try {
    if (id === undefined) {
      if (!reads) return refuseMethod("GET, HEAD");
      return { status: 200, page: studentsPage(await sources.grading.students(), status) };
    }
    if (reads) return await showStudent(Number(id), sources);
    if (method === "POST") return await addGrade(Number(id), request.form, sources);
    return refuseMethod("GET, HEAD, POST");
  } catch (thrown) {
    if (SkylarkError.is(thrown, "not_found")) return notFound(`There is no student ${id}.`, status);
    if (!isAway(thrown)) throw thrown;
    sources.gradingFailed();
    return { ...away, page: awayPage(path, withGrading("away", sources), retryAfterSeconds) };
  }
}

async function showStudent(id: number, sources: PageSources): Promise<Answer> {
  const student = await sources.grading.student({ id });
  return { status: 200, page: studentPage({ id, student, form: emptyForm(), status: withGrading("here", sources) }) };
}

/** 303 to the page with the new grade, so that a reload shows the page and sends nothing again. */
async function addGrade(id: number, body: URLSearchParams, sources: PageSources): Promise<Answer> {
  const { form, grade } = readForm(body);
  if (!grade) return await formAgain(400, id, form, undefined, sources);
  try {
    await sources.grading.addGrade({ studentId: id, grade });
    return { status: 303, headers: { location: `/students/${id}#grade-${grade.id}` } };
  } catch (thrown) {
    if (isAway(thrown)) return { ...away, page: formWithoutGrading(id, form, notSaved(thrown), sources) };
    if (!isRefusal(thrown)) throw thrown;
    // a form whose id has given another grade gets a new one: sent again, it gives a further grade
    const next = SkylarkError.is(thrown, "already_exists") ? { ...form, id: emptyForm().id } : form;
    return await formAgain(409, id, next, { title: "Grading refuses this grade", text: thrown.message }, sources);
  }
}

/** The page as it was left: what was typed is still there. */
async function formAgain(
  status: number,
  id: number,
  form: FilledForm,
  notice: Notice | undefined,
  sources: PageSources,
): Promise<Answer> {
  try {
    const student = await sources.grading.student({ id });
    return { status, page: studentPage({ id, student, form, notice, status: withGrading("here", sources) }) };
  } catch (thrown) {
    if (!isAway(thrown)) throw thrown;
    return { status, page: formWithoutGrading(id, form, notice, sources) };
  }
}

function formWithoutGrading(id: number, form: FilledForm, notice: Notice | undefined, sources: PageSources): Html {
  sources.gradingFailed();
  return studentPage({ id, student: undefined, form, notice, status: withGrading("away", sources) });
}

const retryAfterSeconds = 5;

/**
 * 503: a browser shows such a page like any other, while a cache does not keep it, a monitor counts it, and a program
 * learns that this is not the content, and when to ask again.
 */
const away = { status: 503, headers: { "retry-after": String(retryAfterSeconds) } };

function withGrading(grading: Presence, sources: PageSources): SystemStatus {
  return { grading, log: sources.logPresence() };
}

function isAway(thrown: unknown): thrown is SkylarkError {
  return SkylarkError.is(thrown, "unavailable") || SkylarkError.is(thrown, "deadline_exceeded");
}

const refusals = ["invalid_argument", "already_exists", "resource_exhausted", "aborted"] as const;

function isRefusal(thrown: unknown): thrown is SkylarkError {
  return refusals.some((code) => SkylarkError.is(thrown, code));
}

/** Sending again is safe in either case: the form carries the id of its grade. */
function notSaved(thrown: SkylarkError): Notice {
  const outcome = thrown.notExecuted ? "The grade was not saved." : "Whether the grade was saved is not known.";
  return {
    title: "Not yet",
    text: `${outcome} What you typed is still here: send it again when grading is back. It will count once, however often it is sent.`,
  };
}

function notFound(text: string, status: SystemStatus): Answer {
  return { status: 404, page: plainPage("Not found", text, status) };
}
