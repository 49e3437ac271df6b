import type { Method } from "@skylark/rpc/internal";
import { beforeEach, describe, expect, it } from "vitest";
import { OpenDoor } from "../support/door.js";

const anything: Exclude<Method, { shape: "stream" }>["input"] = {
  "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) },
};

const own = { idempotent: true, input: anything };
const methods = new Map<string, Method>([
  ["look", { ...own, shape: "unary", readOnly: true, run: (_, [input]) => ({ input: input ?? "none" }) }],
  ["change", { ...own, shape: "unary", run: () => "changed" }],
  [
    "follow",
    {
      ...own,
      shape: "server-stream",
      readOnly: true,
      open: async function* (_, [input]) {
        yield input;
      },
    },
  ],
]);

describe("a call by GET", () => {
  let door: OpenDoor;

  beforeEach(async () => {
    door = await OpenDoor.open([{ name: "grading", version: "1", methods }], { origins: ["https://console.example"] });
  });

  it("HTTP-GET-1 HTTP-GET-2 is one of a method that only reads, with its input in the query", async () => {
    const answer = await door.ask("/grading/look?student=Ada&tag=a&tag=b");
    expect(answer).toMatchObject({ status: 200, body: { input: { student: "Ada", tag: ["a", "b"] } } });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect((await door.ask("/grading/look")).body).toEqual({ input: "none" });
    expect((await door.ask('/grading/look?input={"id":[7]}')).body).toEqual({ input: { id: [7] } });
    expect((await door.post("/grading/look", { id: 7 })).body).toEqual({ input: { id: 7 } });
    expect(await door.ask("/grading/look", { method: "HEAD" })).toMatchObject({ status: 200, body: undefined });
    expect((await door.ask("/grading/look?__proto__=1")).status).toBe(400);
  });

  it.each([
    ["GET", "/grading/change", "POST"],
    ["HEAD", "/grading/change", "POST"],
    ["DELETE", "/grading/look", "GET, HEAD, POST"],
    ["HEAD", "/grading/follow", "GET, POST"],
  ])("HTTP-GET-1 is refused elsewhere: %s %s", async (method, path, allowed) => {
    const answer = await door.ask(path, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe(allowed);
  });

  it("HTTP-GET-1 HTTP-STREAM-4 is what an EventSource can make", async () => {
    const answer = await fetch(`${door.url}/grading/follow?id=7`, { headers: { accept: "text/event-stream" } });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    expect(await answer.text()).toBe('data: {"id":"7"}\n\nevent: end\ndata: null\n\n');
    expect(await (await fetch(`${door.url}/grading/follow?id=7`)).text()).toBe('{"id":"7"}\n');
  });

  it("HTTP-GET-2 has no body", async () => {
    const heard = await door.answerTo(
      "GET /grading/look HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
    );
    expect(heard).toMatch(/^HTTP\/1\.1 400 /);
    expect(heard).toContain("a call by GET has no body");
  });

  it.each([
    [{ origin: "https://evil.example" }, 403],
    [{ origin: "https://console.example", "sec-fetch-site": "cross-site" }, 200],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ "sec-fetch-site": "same-site" }, 403],
    [{ "sec-fetch-site": "same-origin" }, 200],
    [{ "sec-fetch-site": "none" }, 200],
  ])("HTTP-GET-3 is not for the pages of others: %j", async (headers, status) => {
    // fetch would not send such headers
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const heard = await door.answerTo(
      `GET /grading/look HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines.join("")}\r\n`,
    );
    expect(heard.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
  });
});
