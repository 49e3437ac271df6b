import { request } from "node:http";
import { connect } from "skylark";
import { Grading } from "skylark-gradebook/grading";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Ground } from "./running-process.js";

const ground = new Ground();
let url = "";

beforeAll(async () => {
  await ground.part("grading");
  url = (await ground.part("portal")).address;
});
afterAll(() => ground[Symbol.asyncDispose]());

async function page(path: string): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(url + path, { redirect: "manual" });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

async function send(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  const body = new URLSearchParams(fields);
  const response = await fetch(url + path, { method: "POST", body, headers, redirect: "manual" });
  return { status: response.status, text: await response.text(), location: response.headers.get("location") };
}

function averageOn(text: string): string | undefined {
  return /Average<\/span> <b>(.*?)<\/b>/.exec(text)?.[1];
}

describe("DEMO-1.2 the portal", () => {
  it("leads from / to the students", async () => {
    const { status, headers } = await page("/");
    expect([status, headers.get("location")]).toEqual([302, "/students"]);
  });

  it("lists the students by last name, with averages of one decimal and a dash where there is none", async () => {
    const { status, text } = await page("/students");
    expect(status).toBe(200);
    const names = [...text.matchAll(/\/students\/\d+">\S+ <b>(.*?)<\/b>/g)].map(([, name]) => name);
    expect(names).toEqual(["Amsel", "Fournier", "Haddad", "Lindqvist", "Okafor", "Whitfield"]);
    expect(text).toMatch(/<span>91\.3<\/span>/);
    expect(text).toMatch(/–<\/span><span class="unseen">no grades yet/);
  });

  it("adds a grade by its form, answers 303, and shows the new average", async () => {
    const before = await page("/students/6");
    expect(averageOn(before.text)).toBe("83.0");
    const sent = await send("/students/6", { subject: "Algebra", kind: "Exam", score: "92,5", comment: "By heart" });
    expect(sent.status).toBe(303);
    expect(sent.location).toMatch(/^\/students\/6#grade-/);
    const after = await page("/students/6");
    expect(averageOn(after.text)).toBe("87.8");
    expect(after.text).toContain("Algebra");
  });

  it("counts a form once that is sent twice", async () => {
    const id = /name="id" value="(.*?)"/.exec((await page("/students/1")).text)?.[1] as string;
    const fields = { id, subject: "Twice", kind: "Quiz", score: "50", comment: "" };
    expect((await send("/students/1", fields)).status).toBe(303);
    expect((await send("/students/1", fields)).status).toBe(303);
    expect((await page("/students/1")).text.match(/Twice/g)).toHaveLength(1);
  });

  it("keeps an id to its grade: another one under it is refused, and what was typed stays", async () => {
    const id = "kept-to-its-grade";
    expect((await send("/students/1", { id, subject: "One", kind: "Quiz", score: "50" })).status).toBe(303);
    const { status, text } = await send("/students/1", { id, subject: "Another", kind: "Quiz", score: "50" });
    expect(status).toBe(409);
    expect(text).toContain("Grading refuses this grade");
    expect(text).toContain('value="Another"');
  });

  it("says at each field what is wrong with it, and keeps what was typed", async () => {
    const { status, text } = await send("/students/6", { subject: " ", kind: "Party", score: "101", comment: "stays" });
    expect(status).toBe(400);
    expect(text).toContain('id="subject-problem">The subject must say what the grade is for<');
    expect(text).toContain('id="kind-problem">The kind must be one of Test, Quiz, Homework, Exam<');
    expect(text).toContain('id="score-problem">The score must be a number from 0 to 100<');
    expect(text).toContain('value="101"');
    expect(text).toContain(">stays</textarea>");
  });

  it.each(["", "-1", "100.1", "ninety", "1e1", "0x10", "NaN", "Infinity"])("takes no %j for a score", async (score) => {
    const { status, text } = await send("/students/6", { subject: "Sums", kind: "Quiz", score, comment: "" });
    expect(status).toBe(400);
    expect(text).toContain("score-problem");
  });

  it("escapes what people typed, wherever it stands", async () => {
    const evil = `<script>alert("1")</script>'&`;
    expect((await send("/students/4", { subject: evil, kind: "Test", score: "1", comment: evil })).status).toBe(303);
    const shown = await page("/students/4");
    const refused = await send("/students/4", { subject: evil, kind: "Test", score: evil, comment: evil });
    const escaped = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;";
    for (const { text } of [shown, refused]) {
      expect(text).not.toContain("<script>");
      expect(text.split(escaped).length - 1).toBeGreaterThanOrEqual(2);
    }
  });

  it("answers 404 with a page for a student or a path that is not there", async () => {
    for (const path of ["/students/99", "/students/x", "/students/1/2", "/nothing", "/students/99999999999999999999"]) {
      const { status, text } = await page(path);
      expect([path, status]).toEqual([path, 404]);
      expect(text).toContain('<a class="button" href="/students">');
    }
    expect((await send("/students/99", { subject: "S", kind: "Test", score: "1" })).status).toBe(404);
  });
});

describe("the portal refuses", () => {
  it("other methods, and says which it takes", async () => {
    const response = await fetch(`${url}/students/1`, { method: "DELETE" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
  });

  it("a form from another site", async () => {
    const { status } = await send(
      "/students/1",
      { subject: "S", kind: "Test", score: "1" },
      { origin: "https://elsewhere.example" },
    );
    expect(status).toBe(403);
  });

  it("what is no form, and a form that is too large", async () => {
    const json = await fetch(`${url}/students/1`, {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json" },
    });
    expect(json.status).toBe(415);
    expect((await send("/students/1", { subject: "x".repeat(20_000) })).status).toBe(413);
    expect(await chunkedStatus("x".repeat(20_000))).toBe(413);
  });

  it("to run scripts of others or inside the page, and to be kept by a cache", async () => {
    const { headers } = await page("/students");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self';");
    expect(headers.get("cache-control")).toBe("no-store");
  });
});

describe("a portal that is asked to leave", () => {
  it("ends the streams of pages that are open, and does not wait for them", async () => {
    const leaving = await ground.part("portal");
    const { body } = await fetch(`${leaving.address}/status`);
    const reader = body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    const ended = leaving.kill("SIGTERM");
    while (!(await reader?.read())?.done);
    expect(await ended).toBe(0);
    expect(leaving.output).not.toContain("not answered");
  });
});

describe("RPC-1.4 grading", () => {
  it("checks by itself what others send it, and names the field", async () => {
    const grading = await connect(Grading, { application: ground.application(), readyWithinMs: 30_000 });
    const grade = { id: "from-elsewhere", subject: "S", kind: "Quiz" as const, score: 100.5 };
    await expect(grading.addGrade({ studentId: 1, grade })).rejects.toMatchObject({
      code: "invalid_argument",
      reason: "VALIDATION",
      details: { problems: [{ field: "grade.score", problem: "must be a number from 0 to 100" }] },
    });
  });
});

/** A body whose length nobody announced. */
function chunkedStatus(body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/x-www-form-urlencoded", "transfer-encoding": "chunked" };
    const sent = request(`${url}/students/1`, { method: "POST", headers }, (response) => {
      resolve(response.statusCode);
      response.resume();
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
