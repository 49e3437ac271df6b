import { deferred } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { OpenDoor, serviceOf } from "../support/door.js";
import type { RawClient } from "../support/raw-client.js";

/** Short, but not so short that a request of a busy machine were late. */
const short = { headersTimeoutMs: 4000, requestTimeoutMs: 4500, keepAliveTimeoutMs: 500, lookIntervalMs: 20 };
const shortUnread = { ...short, unreadTimeoutMs: 500 };

/** Says one byte after the other, slowly, until the other side has had enough. */
async function drip(client: RawClient, text: string): Promise<string> {
  for (const letter of text) {
    if (client.isOver) break;
    client.say(letter);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return await client.ended();
}

describe("the patience of a port", () => {
  it("HTTP-LIMIT-2 ends for a hundred clients that drip their headers, while others are served", async () => {
    const open = await OpenDoor.open([serviceOf("grading", { add: (a: number, b: number) => a + b })], {
      limits: short,
    });
    const head = `POST /grading/add HTTP/1.1\r\nHost: localhost\r\nX: ${"y".repeat(1000)}`;
    const dripping = Array.from({ length: 100 }, () => drip(open.raw(), head));
    expect((await open.post("/grading/add", [1, 2])).body).toBe(3);
    expect(await open.native("grading", "add", [1, 2])).toBe(3);
    for (const heard of await Promise.all(dripping)) {
      expect(heard).toMatch(/^HTTP\/1\.1 408 /);
      expect(heard).toContain('"code":"deadline_exceeded"');
    }
  });

  it("HTTP-LIMIT-2 ends for a client that drips its body, and nothing runs", async () => {
    let ran = 0;
    const open = await OpenDoor.open([serviceOf("grading", { add: () => ++ran })], { limits: short });
    const head = "POST /grading/add HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    const heard = await drip(open.raw().say(`${head}Content-Length: 1000\r\n\r\n`), " ".repeat(1000));
    expect(heard).toMatch(/^HTTP\/1\.1 408 /);
    expect(ran).toBe(0);
  });

  it("HTTP-LIMIT-2 ends for a client that does not read its answer", async () => {
    const open = await OpenDoor.open([], { limits: shortUnread });
    const gone = deferred();
    const answer = Buffer.alloc(64 * 1024 * 1024); // more than two sockets hold
    open.door.mount("/long", (_, response) => {
      response.on("close", () => gone.resolve());
      response.end(answer);
    });
    const client = open.raw().pause().say("GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await gone.promise;
    client.resume();
    expect((await client.ended()).length).toBeLessThan(answer.length);
  });

  it("HTTP-LIMIT-2 ends between requests, and does not while somebody waits for an answer", async () => {
    const gate = deferred<string>();
    const open = await OpenDoor.open([serviceOf("grading", { hold: () => gate.promise })], { limits: shortUnread });
    const waiting = open.raw().say("POST /grading/hold HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const idle = open.raw().say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await idle.hears(/serving/);
    await idle.ended();
    expect(waiting.isOver).toBe(false);
    gate.resolve("done");
    await waiting.hears(/"done"/);
    await waiting.ended();
  });
});
