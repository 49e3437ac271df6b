import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { sendError } from "@skylark/http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { gradingHttp } from "../grading/open/http.js";
import { GradingService, type StudentStore } from "../grading/service/grading-service.js";
import type { StudentRecord } from "../grading/storage/student-record.js";

const students = new Map<number, StudentRecord>([
  [1, { id: 1, firstName: "Ada", lastName: "Lindqvist", grades: [] }],
  [2, { id: 2, firstName: "Émile", lastName: "Fournier", grades: [] }],
]);
/** A write takes as long as this does. */
let writing: Promise<unknown> = Promise.resolve();
let writes = 0;
const store: StudentStore = {
  students: async () => [...students.values()],
  student: async (id) => students.get(id),
  update: async (id, change) => {
    writes++;
    await writing;
    const student = students.get(id);
    if (student) students.set(id, change(student));
    return students.get(id);
  },
  check: async () => {},
};
const now = new Date("2026-11-20T12:00:00.000Z");
const listener = gradingHttp(new GradingService(store, { now: () => now }));
// as the port of an application does
const server = createServer((request, response) => {
  listener(request, response).catch((thrown: unknown) => sendError(response, thrown));
});
let url = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  writes = 0;
});
afterAll(() => server.closeAllConnections());

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & { readonly error: Record<string, unknown> };
}

async function ask(path: string, init?: RequestInit): Promise<Answered> {
  const response = await fetch(url + path, init);
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answered["body"] };
}

function add(id: number | string, grade: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  const body = typeof grade === "string" ? grade : JSON.stringify(grade);
  return ask(`/students/${id}/grades`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
  });
}

function pending(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve: () => resolve() };
}

const quiz = { subject: "Sums", kind: "Quiz", score: 50 };

describe("DEMO-1.3 over plain HTTP, grading", () => {
  it("lists the students by last name, with averages", async () => {
    await add(2, { ...quiz, score: 80 });
    const { status, body, headers } = await ask("/students");
    expect([status, headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(body).toEqual([
      { id: 2, firstName: "Émile", lastName: "Fournier", gradeCount: 1, average: 80 },
      { id: 1, firstName: "Ada", lastName: "Lindqvist", gradeCount: 0, average: null },
    ]);
  });

  it("answers with one student and all grades; 404 for one that is not there, 400 for what is no number", async () => {
    const { status, body } = await ask("/students/1");
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: 1, firstName: "Ada", grades: expect.any(Array) });
    const unknown = await ask("/students/99");
    expect([unknown.status, unknown.body.error]).toEqual([
      404,
      { code: "not_found", message: "there is no student 99" },
    ]);
    for (const wrong of ["x", "1.5", "-1", "0", "", "1e3", "9".repeat(16)]) {
      const { status, body } = await ask(`/students/${wrong}`);
      expect({ wrong, status }).toEqual({ wrong, status: 400 });
      expect(body.error).toMatchObject({ code: "invalid_argument", details: { problems: [{ field: "id" }] } });
    }
  });

  it("adds a grade: 201 and the grade", async () => {
    const { status, body, headers } = await add(1, { ...quiz, score: 92.5, comment: " By heart. " });
    expect([status, headers.get("location")]).toEqual([201, "/students/1"]);
    expect(body).toEqual({
      id: expect.any(String),
      subject: "Sums",
      kind: "Quiz",
      score: 92.5,
      comment: "By heart.",
      givenAt: now.toISOString(),
    });
    expect((await ask("/students/1")).body["grades"]).toContainEqual(body);
    expect((await add(99, quiz)).status).toBe(404);
  });

  it("answers 201 only when the grade is stored", async () => {
    const order: string[] = [];
    const { promise: written, resolve } = pending();
    writing = written.then(() => order.push("stored"));
    const answered = add(1, quiz).then(({ status }) => order.push(`answered ${status}`));
    await expect.poll(() => writes).toBeGreaterThan(0);
    resolve();
    await answered;
    expect(order).toEqual(["stored", "answered 201"]);
  });

  it("takes 0 and 100, and every kind", async () => {
    for (const score of [0, 100]) expect((await add(1, { ...quiz, score })).status).toBe(201);
    for (const kind of ["Test", "Quiz", "Homework", "Exam"]) expect((await add(1, { ...quiz, kind })).status).toBe(201);
  });

  it.each([
    [{ ...quiz, score: 100.1 }, "score", "must be a number from 0 to 100"],
    [{ ...quiz, score: -1 }, "score", "must be a number from 0 to 100"],
    [{ ...quiz, score: "90" }, "score", "must be a number from 0 to 100"],
    [{ ...quiz, score: undefined }, "score", "must be a number from 0 to 100"],
    [{ ...quiz, kind: "Party" }, "kind", "must be one of Test, Quiz, Homework, Exam"],
    [{ ...quiz, subject: "  " }, "subject", "must say what the grade is for"],
    [{ ...quiz, subject: 7 }, "subject", "must be text"],
    [{ ...quiz, comment: "x".repeat(401) }, "comment", "must have at most 400 letters"],
    [{ ...quiz, id: "no id" }, "id", "must be 8 to 64 letters, digits and dashes"],
  ])("refuses %j, and names the field", async (grade, field, problem) => {
    const { status, body } = await add(1, grade);
    expect(status).toBe(400);
    expect(body).toEqual({
      error: {
        code: "invalid_argument",
        message: `${field} ${problem}`,
        reason: "VALIDATION",
        details: { problems: [{ field, problem }] },
      },
    });
  });

  it.each(["[]", "null", "7", "{", "", '"text"'])("refuses the body %j", async (body) => {
    expect((await add(1, body)).status).toBe(400);
  });

  it("counts a grade once that is handed in twice under one id or one Idempotency-Key", async () => {
    const before = students.get(1)?.grades.length ?? 0;
    const ids = [];
    for (const _ of [1, 2]) ids.push((await add(1, { ...quiz, id: "by-its-own-id" })).body["id"]);
    for (const _ of [1, 2]) ids.push((await add(1, quiz, { "idempotency-key": "by-the-key" })).body["id"]);
    expect(ids).toEqual(["by-its-own-id", "by-its-own-id", "by-the-key", "by-the-key"]);
    expect(students.get(1)?.grades).toHaveLength(before + 2);
    const other = await add(1, { ...quiz, score: 51 }, { "idempotency-key": "by-the-key" });
    expect([other.status, other.body.error["code"]]).toEqual([409, "already_exists"]);
    const wrong = await add(1, quiz, { "idempotency-key": "?" });
    expect(wrong.body.error).toMatchObject({ details: { problems: [{ field: "Idempotency-Key" }] } });
  });

  it.each([
    ["DELETE", "/students", "GET, HEAD"],
    ["POST", "/students", "GET, HEAD"],
    ["PUT", "/students/1", "GET, HEAD"],
    ["GET", "/students/1/grades", "POST"],
  ])("answers 405 to %s %s, and says what it takes", async (method, path, allow) => {
    const { status, headers, body } = await ask(path, { method });
    expect([status, headers.get("allow"), body.error["code"]]).toEqual([405, allow, "unimplemented"]);
  });

  it("answers 404 to paths beside, 415 to what is no JSON, 413 to what is too long", async () => {
    for (const path of ["/students/1/pupils", "/students/1/grades/2"]) expect((await ask(path)).status).toBe(404);
    const form = await ask("/students/1/grades", { method: "POST", body: new URLSearchParams(quiz as never) });
    expect([form.status, form.headers.get("accept")]).toEqual([415, "application/json"]);
    const long = await add(1, { ...quiz, comment: "x".repeat(20_000) });
    expect([long.status, long.body.error["code"]]).toEqual([413, "resource_exhausted"]);
  });
});
