import { SkylarkError } from "@skylark/core";
import { deferred, ManualClock } from "@skylark/core/internal";
import { beforeEach, describe, expect, it } from "vitest";
import { OpenDoor, serviceOf } from "../support/door.js";
import { until } from "../support/until.js";

const open = (method: string): string =>
  `POST /grading/${method} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`;

describe("a server stream as events", () => {
  let door: OpenDoor;
  let clock: ManualClock;
  let sent: number;
  let began: number;
  let left: string[];
  let gate: ReturnType<typeof deferred<string>>;

  beforeEach(async () => {
    [sent, began, left, gate] = [0, 0, [], deferred<string>()];
    clock = new ManualClock();
    const grading = {
      async *count(upTo: number) {
        for (let number = 1; number <= upTo; number++) yield { number, lines: "one\ntwo" };
      },
      async *hold() {
        began++;
        try {
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
      once: async () => "once",
    };
    door = await OpenDoor.open([serviceOf("grading", grading)], { clock });
  });

  async function read(accept: string): Promise<readonly [type: string | null, text: string]> {
    const response = await fetch(`${door.url}/grading/count`, {
      method: "POST",
      headers: { "content-type": "application/json", accept },
      body: "[2]",
    });
    return [response.headers.get("content-type"), await response.text()];
  }

  it("HTTP-STREAM-4 is an event for each message, and one that says that it has ended", async () => {
    const events = [
      String.raw`data: {"number":1,"lines":"one\ntwo"}`,
      String.raw`data: {"number":2,"lines":"one\ntwo"}`,
      "event: end\ndata: null",
    ];
    for (const accept of ["text/event-stream", "application/json;q=0.5, Text/Event-Stream; q=1"]) {
      expect(await read(accept)).toEqual(["text/event-stream", `${events.join("\n\n")}\n\n`]);
    }
    expect((await read("*/*"))[0]).toBe("application/x-ndjson");
  });

  it("HTTP-STREAM-4 is asked for only where there is a stream", async () => {
    const answer = await door.ask("/grading/once", { method: "POST", headers: { accept: "text/event-stream" } });
    expect(answer).toMatchObject({ status: 200, body: "once" });
    expect(answer.headers.get("content-type")).toBe("application/json");
  });

  it("HTTP-STREAM-5 fails as a call does before anything came, and by an event of its own later", async () => {
    const refused = await door.ask("/grading/refuse", { method: "POST", headers: { accept: "text/event-stream" } });
    expect(refused).toMatchObject({ status: 404, body: { error: { code: "not_found" } } });
    const torn = await fetch(`${door.url}/grading/tear`, { method: "POST", headers: { accept: "text/event-stream" } });
    expect(await torn.text()).toBe(
      'data: "first"\n\nevent: error\ndata: {"error":{"code":"data_loss","message":"the rest is torn"}}\n\n',
    );
  });

  it("HTTP-STREAM-6 says every 15 s that it lives, also before its first message", async () => {
    const client = door.raw().say(open("hold"));
    await until(() => began === 1);
    clock.advance(14_999);
    expect(client.heard).toBe("");
    clock.advance(1);
    await client.hears(/^HTTP\/1\.1 200 [^]*\r\n:\n\n/);
    clock.advance(15_000);
    await client.hears(/:\n\n[^]*:\n\n/);
    gate.reject(new SkylarkError("data_loss", "the rest is torn"));
    await client.hears(/event: error\ndata: \{"error":\{"code":"data_loss"/);
    await until(() => left.length === 1);
  });

  it("HTTP-STREAM-3 holds its handler back where the client does not read", async () => {
    const client = door.raw().pause().say(open("endless"));
    await until(() => sent > 1);
    let before = -1;
    while (before !== sent) {
      before = sent;
      clock.advance(60_000);
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sent * 10_000, "what two sockets hold, and no more").toBeLessThan(64 * 1024 * 1024);
    client.hangUp();
    await until(() => left.length === 1);
  });
});
