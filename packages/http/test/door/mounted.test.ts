import { SkylarkError } from "@skylark/core";
import { sendJson } from "@skylark/http";
import { requestId } from "@skylark/rpc";
import { beforeEach, describe, expect, it } from "vitest";
import { OpenDoor, serviceOf } from "../support/door.js";

describe("what is mounted", () => {
  let open: OpenDoor;
  let asked: (string | undefined)[];

  beforeEach(async () => {
    asked = [];
    open = await OpenDoor.open([serviceOf("grading", { students: () => [] })]);
    open.door.mount("/students", ({ method, url }, response) => {
      asked.push(`${method} ${url}`);
      response.end('"students"');
    });
  });

  it("HTTP-MOUNT-1 answers what lies below its path, under the whole of it, by any method", async () => {
    expect((await open.ask("/students/7?x=1")).body).toBe("students");
    expect((await open.ask("/students", { method: "PATCH" })).body).toBe("students");
    expect((await open.ask("/studentsandmore")).status).toBe(404);
    expect(asked).toEqual(["GET /students/7?x=1", "PATCH /students"]);
  });

  it("HTTP-MOUNT-1 comes before calls, and leaves the rest to them", async () => {
    open.door.mount("/grading/students", (_, response) => sendJson(response, 200, "mounted"));
    expect((await open.ask("/grading/students", { method: "POST" })).body).toBe("mounted");
    expect((await open.ask("/grading/other", { method: "POST" })).status).toBe(404);
    open.door.mount("/", (_, response) => sendJson(response, 200, "all the rest"));
    expect((await open.ask("/grading/other", { method: "POST" })).body).toBe("all the rest");
    expect((await open.ask("/healthz")).body).toMatchObject({ status: "serving" });
  });

  it("leaves the path free when it is taken back", async () => {
    const takeBack = open.door.mount("/log", (_, response) => sendJson(response, 200, 1));
    expect((await open.ask("/log")).status).toBe(200);
    takeBack();
    expect((await open.ask("/log")).status).toBe(404);
  });

  it("cannot stand where the door itself answers", () => {
    expect(() => open.door.mount("/healthz", () => {})).toThrow(expect.objectContaining({ code: "already_exists" }));
  });

  it.each([
    ["throws", () => fail("torn")],
    ["rejects", async () => fail("torn")],
    ["throws nonsense", () => Promise.reject(nothing)],
  ])("HTTP-MOUNT-2 is answered for with 500 where it %s, and the log says why", async (_what, listener) => {
    open.door.mount("/broken", listener);
    expect(await open.ask("/broken")).toMatchObject({
      status: 500,
      body: { error: { code: "internal", message: "what answers at /broken failed; its log says why" } },
    });
    expect(open.logged).toEqual([
      { level: "error", message: expect.stringMatching(/^what is mounted at \/broken failed: (torn|something)/) },
    ]);
    expect((await open.ask("/students")).status).toBe(200);
  });

  it("HTTP-MOUNT-2 answers with an error of ours, of which the log needs not hear", async () => {
    open.door.mount("/strict", () => {
      throw new SkylarkError("failed_precondition", "the term has not begun");
    });
    expect(await open.ask("/strict")).toMatchObject({
      status: 400,
      body: { error: { code: "failed_precondition", message: "the term has not begun" } },
    });
    expect(open.logged).toEqual([]);
  });

  it("HTTP-MOUNT-2 loses its connection where it fails with half its answer out", async () => {
    open.door.mount("/half", (_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      fail("torn");
    });
    const heard = await open.answerTo("GET /half HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(heard).not.toContain("500");
    expect(open.logged).toHaveLength(1);
  });

  it("HTTP-CALL-9 answers inside a request that has an id", async () => {
    open.door.mount("/id", async (_, response) => {
      await Promise.resolve();
      sendJson(response, 200, requestId());
    });
    const answer = await open.ask("/id", { headers: { "x-request-id": "order-66" } });
    expect([answer.body, answer.headers.get("x-request-id")]).toEqual(["order-66", "order-66"]);
    const own = await open.ask("/id");
    expect(own.body).toBe(own.headers.get("x-request-id"));
  });

  it("HTTP-BROWSER-1 HTTP-BROWSER-2 is not asked by pages from elsewhere", async () => {
    const { port } = open;
    const refused = [
      `GET /students HTTP/1.1\r\nHost: evil.example:${port}\r\n\r\n`,
      `POST /students HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: http://evil.example\r\nContent-Length: 0\r\n\r\n`,
      `GET /students HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: null\r\n\r\n`,
    ];
    for (const request of refused) {
      const heard = await open.raw().say(request).hears(/\}\}/);
      expect(heard).toMatch(/^HTTP\/1\.1 403 /);
      expect(heard).toContain('"code":"permission_denied"');
    }
    expect(asked).toEqual([]);
    const own = `GET /students HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: http://localhost:${port}\r\n\r\n`;
    expect(
      await open
        .raw()
        .say(own)
        .hears(/students"/),
    ).toMatch(/^HTTP\/1\.1 200 /);
  });
});

/** What a program may throw, whatever it should. */
const nothing = Object.create(null) as Error;

function fail(why: string): never {
  throw new Error(why);
}
