import { sendError, sendJson } from "@skylark/http";
import { describe, expect, it } from "vitest";
import { BodyBudget } from "../../src/body/body-budget.js";
import { readBody, readJson, readText } from "../../src/body/request-body.js";
import { RawClient } from "../support/raw-client.js";
import { listening } from "../support/server.js";
import { until } from "../support/until.js";

const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";

/** A server that answers with the length of the body, or with what was wrong about it. */
async function measuring(bytesMax?: number): Promise<{ port: number; failures: unknown[] }> {
  const failures: unknown[] = [];
  const port = await listening(async (request, response) => {
    try {
      sendJson(response, 200, { bytes: (await readBody(request, { bytesMax })).length });
    } catch (thrown) {
      failures.push(thrown);
      sendError(response, thrown);
    }
  });
  return { port, failures };
}

async function echoing(): Promise<number> {
  return await listening(async (request, response) => {
    try {
      sendJson(response, 200, { got: await readJson(request) });
    } catch (thrown) {
      sendError(response, thrown);
    }
  });
}

describe("the body of a request", () => {
  it("arrives whole, in whatever pieces it comes", async () => {
    const { port } = await measuring();
    const client = new RawClient(port).say(`${head}Transfer-Encoding: chunked\r\n\r\n`);
    for (let piece = 0; piece < 1000; piece++) client.say("1\r\nx\r\n");
    client.say("0\r\n\r\n");
    expect(await client.hears(/\}/)).toContain('{"bytes":1000}');
  });

  it("is refused unread where it says that it is too long", async () => {
    const { port } = await measuring(10);
    const client = new RawClient(port).say(`${head}Content-Length: 10000000000\r\n\r\n`, "x".repeat(100_000));
    const heard = await client.ended();
    expect(heard).toContain("HTTP/1.1 413 ");
    expect(heard).toContain("connection: close");
    expect(heard).toContain('"code":"resource_exhausted"');
    expect(heard).toContain('"reason":"MESSAGE_TOO_LARGE"');
  });

  it("is refused as soon as it is too long, where it did not say so", async () => {
    const { port } = await measuring(10);
    const client = new RawClient(port).say(`${head}Transfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n`);
    const heard = await client.ended();
    expect(heard).toContain("HTTP/1.1 413 ");
    expect(heard).toContain("connection: close");
  });

  it("is not read for ever once it was refused", async () => {
    const { port } = await measuring(10);
    const client = new RawClient(port).say(`${head}Transfer-Encoding: chunked\r\n\r\n`);
    const piece = `10000\r\n${"x".repeat(65_536)}\r\n`;
    for (let sent = 0; sent < 100; sent++) client.say(piece);
    expect(await client.ended()).toContain("HTTP/1.1 413 ");
  });

  it("may be as long as its limit", async () => {
    const { port } = await measuring(10);
    const client = new RawClient(port).say(`${head}Content-Length: 10\r\n\r\n0123456789`);
    expect(await client.hears(/\}/)).toContain('{"bytes":10}');
  });

  it("is cancelled where the client hangs up", async () => {
    const { port, failures } = await measuring();
    const client = new RawClient(port);
    await client.flush(`${head}Content-Length: 100\r\n\r\nhalf`);
    client.hangUp();
    await until(() => failures.length > 0);
    expect(failures).toMatchObject([{ code: "cancelled", message: expect.stringContaining("hung up") }]);
  });

  it("is refused where it is compressed", async () => {
    const { port } = await measuring();
    const client = new RawClient(port).say(`${head}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc`);
    expect(await client.hears(/\r\n\r\n/)).toContain("HTTP/1.1 415 ");
  });

  it("is no text where it is not UTF-8", async () => {
    const port = await listening(async (request, response) => {
      try {
        sendJson(response, 200, await readText(request));
      } catch (thrown) {
        sendError(response, thrown);
      }
    });
    const answer = await fetch(`http://127.0.0.1:${port}`, { method: "POST", body: Buffer.from("ff00", "hex") });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: { code: "invalid_argument", message: "the body is not UTF-8" } });
  });

  it.each([
    ["application/json", 200],
    ["Application/JSON; charset=utf-8", 200],
    ["text/plain", 415],
    ["application/x-www-form-urlencoded", 415],
    ["application/jsonp", 415],
  ])("is JSON where %s says so: %d", async (type, status) => {
    const answer = await fetch(`http://127.0.0.1:${await echoing()}`, {
      method: "POST",
      headers: { "content-type": type },
      body: "{}",
    });
    expect(answer.status).toBe(status);
  });

  it("is undefined where it is empty", async () => {
    const answer = await fetch(`http://127.0.0.1:${await echoing()}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
    });
    expect(await answer.json()).toEqual({});
  });

  it("HTTP-LIMIT-4 shares what all that are being read may hold, and gives it back however it ends", async () => {
    const budget = new BodyBudget(10);
    const port = await listening(async (request, response) => {
      try {
        sendJson(response, 200, { bytes: (await readBody(request, { budget })).length });
      } catch (thrown) {
        sendError(response, thrown);
      }
    });
    const first = new RawClient(port).say(`${head}Content-Length: 8\r\n\r\n123456`);
    await until(() => budget.taken === 6);
    const second = await new RawClient(port).say(`${head}Content-Length: 5\r\n\r\n12345`).hears(/\}\}/);
    expect(second).toMatch(/^HTTP\/1\.1 503 [^]*"code":"resource_exhausted"/);
    const third = new RawClient(port).say(`${head}Content-Length: 5\r\n\r\n1`);
    await until(() => budget.taken === 7);
    third.hangUp();
    await until(() => budget.taken === 6);
    first.say("78");
    expect(await first.hears(/\}/)).toContain('{"bytes":8}');
    expect(budget.taken).toBe(0);
  });
});
