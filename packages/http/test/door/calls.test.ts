import { SkylarkError } from "@skylark/core";
import { deferred } from "@skylark/core/internal";
import { type Call, call, requestId } from "@skylark/rpc";
import type { Method, Service } from "@skylark/rpc/internal";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { OpenDoor, serviceOf } from "../support/door.js";
import { until } from "../support/until.js";

const NewGrade = z.object({ studentId: z.number(), points: z.number().min(0).max(100) });

/** A service with a contract, as the framework makes them. */
const strict: Service = {
  name: "strict",
  version: "2.1.0",
  methods: new Map<string, Method>([
    [
      "addGrade",
      { shape: "unary", idempotent: false, input: NewGrade, output: NewGrade, run: (_call, [grade]) => grade },
    ],
    ["lie", { shape: "unary", idempotent: false, input: z.undefined(), output: z.string(), run: () => 5 }],
    ["watch", { shape: "stream", open: () => {} }],
  ]),
};

function gradingOf(seen: Call[], held: Promise<string>): object {
  return {
    students: async () => [{ id: 1, name: "Ada", since: new Date(0) }],
    add: (...terms: number[]) => terms.reduce((sum, term) => sum + term, 0),
    look: () => {
      seen.push(call());
      return requestId();
    },
    hold: async () => {
      seen.push(call());
      return await held;
    },
    echo: (...values: unknown[]) => values,
    bigint: () => ({ total: 5n }),
    missing: () => {
      throw new SkylarkError("not_found", "no student 7", { details: { id: 7 } });
    },
    broken: () => {
      throw new Error("the sheet is torn");
    },
    "naïve name": () => "found",
  };
}

const missing: [method: string, path: string, status: number, why: string][] = [
  ["POST", "/gradin/students", 404, 'did you mean "grading"?'],
  ["POST", "/grading/student", 404, 'did you mean "students"?'],
  ["POST", "/grading/xyzxyzxyz", 404, '"grading" has no method at /grading/xyzxyzxyz'],
  ["POST", "/grading", 404, "POST /grading/<method>"],
  ["POST", "/grading/students/1", 404, "POST /grading/<method>"],
  ["POST", "/grading/", 404, '"grading" has no method'],
  ["POST", "/grading/constructor", 404, '"grading" has no method'],
  ["POST", "/%ff/%", 404, "nothing is at /%ff/%"],
  ["GET", "/", 404, "POST /<service>/<method>"],
  ["GET", "/grading/students", 405, "use POST"],
  ["DELETE", "/grading/students", 405, "use POST"],
  ["POST", "/strict/watch", 501, "is a stream"],
];

describe("a call by HTTP", () => {
  let open: OpenDoor;
  let seen: Call[];
  let gate: ReturnType<typeof deferred<string>>;

  beforeEach(async () => {
    [seen, gate] = [[], deferred<string>()];
    open = await OpenDoor.open([serviceOf("grading", gradingOf(seen, gate.promise)), strict]);
  });

  it("HTTP-CALL-1 HTTP-CALL-5 RPC-9.4 of a method without a contract is answered with its result", async () => {
    expect(await open.ask("/grading/students", { method: "POST" })).toMatchObject({
      status: 200,
      body: [{ id: 1, name: "Ada", since: "1970-01-01T00:00:00.000Z" }],
    });
    expect(await open.post("/grading/add", [1, 2, 3])).toMatchObject({ status: 200, body: 6 });
  });

  it("HTTP-CALL-2 RPC-9.2 of a method with a contract has its input as body, checked on both sides", async () => {
    const grade = { studentId: 1, points: 90 };
    expect(await open.post("/strict/addGrade", grade)).toMatchObject({ status: 200, body: grade });
    const wrong = await open.post("/strict/addGrade", { studentId: 1, points: 101 });
    expect(wrong.status).toBe(400);
    expect(wrong.body).toMatchObject({
      error: {
        code: "invalid_argument",
        reason: "VALIDATION",
        details: { problems: [{ field: "points" }] },
      },
    });
    const lie = await open.ask("/strict/lie", { method: "POST" });
    expect(lie).toMatchObject({ status: 500, body: { error: { code: "internal", reason: "VALIDATION" } } });
  });

  it("HTTP-CALL-3 of a method without a contract takes a list, and says so where it gets anything else", async () => {
    for (const body of [{}, "x", 5, null]) {
      const { status, body: answer } = await open.post("/grading/add", body);
      expect(status).toBe(400);
      expect(answer).toMatchObject({ error: { code: "invalid_argument", message: expect.stringContaining("list") } });
    }
    expect(await open.ask("/grading/add", { method: "POST" })).toMatchObject({ status: 200, body: 0 });
  });

  it.each([
    ["application/json", 200],
    ["application/json; charset=utf-8", 200],
    ["text/plain", 415],
    ["application/x-www-form-urlencoded", 415],
    ["multipart/form-data", 415],
  ])("HTTP-CALL-4 takes a body of the type %s: %d", async (type, status) => {
    const headers = { "content-type": type };
    expect((await open.ask("/grading/add", { method: "POST", headers, body: "[1]" })).status).toBe(status);
  });

  it("HTTP-CALL-4 HTTP-BROWSER-2 takes no body without its type from a page, not even of its own", async () => {
    const headers = { origin: open.url };
    expect((await open.ask("/grading/students", { method: "POST", headers })).status).toBe(415);
    expect((await open.post("/grading/students", [], headers)).status).toBe(200);
  });

  it("HTTP-CALL-4 takes no body that is too long, too deep, not UTF-8, compressed, or names a prototype", async () => {
    const json = { "content-type": "application/json" };
    const refused: [status: number, body: string | Buffer, headers?: Record<string, string>][] = [
      [413, `["${"x".repeat(4 * 1024 * 1024)}"]`],
      [400, "[".repeat(10_000) + "]".repeat(10_000)],
      [400, Buffer.from('["\xff"]', "latin1")],
      [400, '[{"__proto__":{"polluted":true}}]'],
      [400, "[1,"],
      [415, "x", { "content-encoding": "gzip" }],
    ];
    for (const [status, body, headers] of refused) {
      const answer = await open.ask("/grading/echo", { method: "POST", headers: { ...json, ...headers }, body });
      expect(answer).toMatchObject({ status, body: { error: { message: expect.stringContaining("the body ") } } });
    }
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("HTTP-CALL-5 that answers nothing is answered with nothing", async () => {
    gate.resolve(undefined as unknown as string);
    const answer = await open.ask("/grading/hold", { method: "POST" });
    expect(answer).toMatchObject({ status: 204, body: undefined });
    expect(answer.headers.get("content-type")).toBeNull();
  });

  it("HTTP-CALL-6 whose result has no JSON form fails, and says where", async () => {
    const message = "the result of grading.bigint has no JSON form: result.total is a bigint";
    expect(await open.ask("/grading/bigint", { method: "POST" })).toMatchObject({
      status: 500,
      body: { error: { code: "internal", message } },
    });
  });

  it("HTTP-CALL-7 has the deadline that it asks for, else that of the process", async () => {
    await open.post("/grading/look", []);
    await open.post("/grading/look", [], { "skylark-timeout-ms": "60000" });
    const [own, asked] = seen.map(({ remainingMs }) => remainingMs) as [number, number];
    expect(own).toBeLessThanOrEqual(5000);
    expect(asked).toBeGreaterThan(5000);
    expect(asked).toBeLessThanOrEqual(60_000);
    const late = await open.post("/grading/hold", [], { "skylark-timeout-ms": "1" });
    expect(late).toMatchObject({ status: 504, body: { error: { code: "deadline_exceeded" } } });
    expect(seen.at(-1)?.signal.aborted).toBe(true);
  });

  it.each(["0", "-1", "1.5", "5s", "", "86400001", "99999999999999"])(
    "HTTP-CALL-7 takes no deadline of %j",
    async (text) => {
      const answer = await open.post("/grading/look", [], { "skylark-timeout-ms": text });
      expect(answer).toMatchObject({ status: 400, body: { error: { code: "invalid_argument" } } });
      expect(seen).toEqual([]);
    },
  );

  it("HTTP-CALL-8 HTTP-CALL-9 HTTP-CALL-10 tells its handler what came along", async () => {
    const answer = await open.post("/grading/look", [], {
      "Skylark-Meta-Tenant": "north",
      "user-agent": "curl/8.5.0 (x86)",
      "x-request-id": "order-66",
    });
    expect(answer.body).toBe("order-66");
    expect(answer.headers.get("x-request-id")).toBe("order-66");
    expect(seen[0]).toMatchObject({
      service: "grading",
      method: "look",
      caller: { name: "http:curl", proof: "none" },
      peer: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/),
      attempt: 1,
      metadata: { tenant: "north", "skylark.request": "order-66" },
    });
  });

  it("HTTP-CALL-9 has an id of its own where the client's is none", async () => {
    const ids = await Promise.all(
      ["", "two words", "x".repeat(129)].map(async (id) => {
        const { body, headers } = await open.post("/grading/look", [], { "x-request-id": id });
        expect(headers.get("x-request-id")).toBe(body);
        return body;
      }),
    );
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[0-9a-z]{10}-[0-9a-z]+$/);
  });

  it("HTTP-CALL-8 takes no metadata that would be a prototype", async () => {
    const answer = await open.post("/grading/look", [], { "skylark-meta-__proto__": "x" });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: "invalid_argument" } } });
  });

  it("HTTP-CALL-11 RPC-5.4 is cancelled when the client hangs up, whichever of several it is", async () => {
    const request = "POST /grading/hold HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
    const client = open.raw().say(request + request);
    await until(() => seen.length === 2);
    expect(seen.map(({ signal }) => signal.aborted)).toEqual([false, false]);
    client.hangUp();
    await Promise.all(
      seen.map(({ signal }) => new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()))),
    );
    for (const { signal } of seen) expect(signal.reason).toMatchObject({ code: "cancelled" });
  });

  it("HTTP-CALL-11 is cancelled when the client says no more, too", async () => {
    const client = open.raw().say("POST /grading/hold HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    await until(() => seen.length > 0);
    client.halfClose();
    await until(() => seen[0]?.signal.aborted === true);
    expect(await client.ended()).toBe("");
  });

  it.each(missing)("HTTP-CALL-12 HTTP-ERROR-1 %s %s is answered with %d: %s", async (method, path, status, why) => {
    const answer = await open.ask(path, { method });
    expect(answer).toMatchObject({ status, body: { error: { message: expect.stringContaining(why) } } });
    expect(answer.headers.get("allow")).toBe(status === 405 ? "POST" : null);
  });

  it("HTTP-CALL-1 finds names with letters that paths have no form for", async () => {
    expect((await open.ask("/grading/na%C3%AFve%20name", { method: "POST" })).body).toBe("found");
    expect((await open.ask("/gradin%67/students?page=2", { method: "POST" })).status).toBe(200);
  });

  it("HTTP-CALL-12 does not compare names that nobody can have", async () => {
    const { body } = await open.ask(`/${"g".repeat(10_000)}/students`, { method: "POST" });
    const { error } = body as { error: { message: string } };
    expect(error.message.length).toBeLessThan(300);
  });

  it("HTTP-ERROR-1 HTTP-ERROR-2 that fails is answered with code, message and details, in the one shape", async () => {
    expect(await open.ask("/grading/missing", { method: "POST" })).toMatchObject({
      status: 404,
      body: { error: { code: "not_found", message: "no student 7", details: { id: 7 } } },
    });
    expect(await open.ask("/grading/broken", { method: "POST" })).toMatchObject({
      status: 500,
      body: { error: { code: "unknown", message: "the sheet is torn" } },
    });
  });

  it("HTTP-CALL-13 LOAD-7.4 is waited for by a drain", async () => {
    const held = open.ask("/grading/hold", { method: "POST" });
    await until(() => seen.length > 0);
    const draining = open.server.drain(["grading"]);
    expect(await open.ask("/healthz")).toMatchObject({ status: 200 });
    gate.resolve("done");
    expect(await held).toMatchObject({ status: 200, body: "done" });
    expect(await draining).toMatchObject({ finished: 1, refused: 0, abandoned: 0 });
  });

  it("HTTP-CALL-13 LOAD-7.5 that comes too late is sent elsewhere", async () => {
    const receipt = await open.server.drain(["grading"]);
    expect(receipt).toMatchObject({ finished: 0, refused: 0 });
    const late = await open.ask("/grading/students", { method: "POST" });
    expect(late).toMatchObject({ status: 503, body: { error: { code: "unavailable", reason: "DRAINING" } } });
    expect(late.headers.get("retry-after")).toBe("1");
    expect(late.headers.get("connection")).toBe("close");
    expect((await open.post("/strict/addGrade", { studentId: 1, points: 1 })).status).toBe(200);
  });

  it("RPC-9.1 HTTP-PORT-1 comes by the port that native calls come by", async () => {
    const [native, http] = await Promise.all([
      open.native("grading", "add", [1, 2]),
      open.post("/grading/add", [1, 2]),
    ]);
    expect([native, http.body]).toEqual([3, 3]);
  });
});
