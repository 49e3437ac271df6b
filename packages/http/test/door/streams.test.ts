import { SkylarkError } from "@skylark/core";
import { deferred } from "@skylark/core/internal";
import { type Call, call } from "@skylark/rpc";
import { beforeEach, describe, expect, it } from "vitest";
import { OpenDoor, serviceOf } from "../support/door.js";
import { until } from "../support/until.js";

const open = (method: string): string => `POST /grading/${method} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

describe("a server stream by HTTP", () => {
  let door: OpenDoor;
  let seen: Call[];
  let sent: number;
  let left: string[];
  let gate: ReturnType<typeof deferred<string>>;

  beforeEach(async () => {
    [seen, sent, left, gate] = [[], 0, [], deferred<string>()];
    const grading = {
      async *count(upTo: number) {
        for (let number = 1; number <= upTo; number++) yield { number };
      },
      async *hold() {
        seen.push(call());
        try {
          yield "first";
          yield await gate.promise;
        } finally {
          left.push("hold");
        }
      },
      async *refuse() {
        yield await Promise.reject(new SkylarkError("not_found", "no such student"));
      },
      async *tear() {
        yield "first";
        throw new SkylarkError("data_loss", "the rest is torn");
      },
      async *formless() {
        yield 1n;
      },
      async *endless() {
        try {
          for (;;) {
            sent++;
            yield "x".repeat(10_000);
          }
        } finally {
          left.push("endless");
        }
      },
    };
    door = await OpenDoor.open([serviceOf("grading", grading)]);
  });

  it("HTTP-STREAM-1 is a line of JSON for each message", async () => {
    const response = await fetch(`${door.url}/grading/count`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "[3]",
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    expect(await response.text()).toBe('{"number":1}\n{"number":2}\n{"number":3}\n');
    expect(await (await fetch(`${door.url}/grading/count`, { method: "POST" })).text()).toBe("");
  });

  it("HTTP-STREAM-1 brings each message when it is there", async () => {
    const client = door.raw().say(open("hold"));
    await client.hears(/"first"\n/);
    expect(seen[0]?.remainingMs).toBe(Number.POSITIVE_INFINITY);
    gate.resolve("second");
    await client.hears(/"second"\n/);
    expect(await client.hears(/\r\n0\r\n\r\n$/)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("HTTP-STREAM-2 fails as a call does, before its first message", async () => {
    expect(await door.ask("/grading/refuse", { method: "POST" })).toMatchObject({
      status: 404,
      body: { error: { code: "not_found", message: "no such student" } },
    });
  });

  it("HTTP-STREAM-2 ends with the error as its last line, and is never complete, where it fails later", async () => {
    const heard = await door.answerTo(open("tear"));
    expect(heard).toContain('"first"\n');
    expect(heard).toContain('{"error":{"code":"data_loss","message":"the rest is torn"}}\n');
    expect(heard).not.toMatch(/\r\n0\r\n/);
    const formless = await door.answerTo(open("formless"));
    expect(formless).toContain("the result of grading.formless has no JSON form: result is a bigint");
    expect(formless).not.toMatch(/\r\n0\r\n/);
  });

  it("HTTP-STREAM-3 is left when the client hangs up", async () => {
    const client = door.raw().say(open("hold"));
    await client.hears(/"first"\n/);
    client.hangUp();
    await until(() => seen[0]?.signal.aborted === true);
    expect(seen[0]?.signal.reason).toMatchObject({ code: "cancelled" });
    gate.resolve("late");
    await until(() => left.length === 1);
  });

  it("HTTP-STREAM-3 holds its handler back where the client does not read, and leaves it in the end", async () => {
    const client = door.raw().pause().say(open("endless"));
    await until(() => sent > 1);
    let before = -1;
    while (before !== sent) {
      before = sent;
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sent * 10_000, "what two sockets hold, and no more").toBeLessThan(64 * 1024 * 1024);
    client.hangUp();
    await until(() => left.length === 1);
  });

  it("HTTP-STREAM-3 has the deadline that the client asks for", async () => {
    const heard = await door.answerTo(open("hold").replace("\r\n\r\n", "\r\nSkylark-Timeout-Ms: 4000\r\n\r\n"));
    expect(heard).toContain('"first"\n');
    expect(heard).toContain('"code":"deadline_exceeded"');
    gate.resolve("late");
    await until(() => left.length === 1);
  });

  it("HTTP-CALL-13 ends when its service leaves", async () => {
    const client = door.raw().say(open("hold"));
    await client.hears(/"first"\n/);
    await door.server.drain(["grading"]);
    expect(await client.ended()).toContain('"reason":"DRAINING"');
    gate.resolve("late");
    await until(() => left.length === 1);
  });
});
