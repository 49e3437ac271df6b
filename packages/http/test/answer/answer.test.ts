import { SkylarkError } from "@skylark/core";
import { errorBody, methodNotAllowed, sendError, sendJson } from "@skylark/http";
import { describe, expect, it } from "vitest";
import { RawClient } from "../support/raw-client.js";
import { listening } from "../support/server.js";

describe("the shape of an error", () => {
  it("has the code and the message, and the rest where there is some", () => {
    expect(errorBody(new SkylarkError("not_found", "no student 7"))).toEqual({
      error: { code: "not_found", message: "no student 7" },
    });
    const whole = new SkylarkError("invalid_argument", "no", {
      reason: "VALIDATION",
      details: { problems: [] },
      cause: 5,
    });
    expect(errorBody(whole)).toEqual({
      error: { code: "invalid_argument", message: "no", reason: "VALIDATION", details: { problems: [] } },
    });
  });

  it("leaves out details that have no JSON form", () => {
    expect(errorBody(new SkylarkError("aborted", "no", { details: 5n }))).toEqual({
      error: { code: "aborted", message: "no" },
    });
  });

  it("takes whatever was thrown", () => {
    expect(errorBody("nonsense")).toEqual({ error: { code: "unknown", message: "nonsense" } });
  });
});

describe("an answer", () => {
  it("is JSON that nobody keeps or takes for something else", async () => {
    const answer = await fetch(
      `http://127.0.0.1:${await listening((_, response) => sendJson(response, 200, { a: "é" }))}`,
    );
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("content-length")).toBe("10");
    expect(await answer.json()).toEqual({ a: "é" });
  });

  it("has neither body nor type where there is nothing to say", async () => {
    const answer = await fetch(
      `http://127.0.0.1:${await listening((_, response) => sendJson(response, 204, undefined))}`,
    );
    expect(answer.status).toBe(204);
    expect(answer.headers.get("content-type")).toBeNull();
  });

  it("keeps the connection for the next request", async () => {
    const port = await listening((_, response) => sendJson(response, 200, 1));
    const client = new RawClient(port).say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await client.hears(/(200 OK[^]*){2}/)).not.toContain("connection: close");
  });

  it("to who should come again says so, and to who should go elsewhere too", async () => {
    const away = new SkylarkError("unavailable", "leaving", { reason: "DRAINING" });
    const answer = await fetch(`http://127.0.0.1:${await listening((_, response) => sendError(response, away))}`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(answer.headers.get("connection")).toBe("close");
  });

  it("to a wrong method names the right ones", async () => {
    const port = await listening(({ method }, response) =>
      sendError(response, methodNotAllowed("/a", method, ["POST", "DELETE"])),
    );
    const answer = await fetch(`http://127.0.0.1:${port}`);
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("POST, DELETE");
    expect(await answer.json()).toEqual({
      error: { code: "unimplemented", message: "/a does not take GET: use POST, DELETE" },
    });
  });

  it("that has begun ends with the connection where the rest fails", async () => {
    const port = await listening((_, response) => {
      response.writeHead(200, { "content-length": 100 }).write("half");
      sendError(response, new Error("the other half failed"));
    });
    await expect(fetch(`http://127.0.0.1:${port}`).then((answer) => answer.text())).rejects.toThrow(
      /terminated|fetch failed/,
    );
  });
});
