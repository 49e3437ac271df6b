import { deferred } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { OpenDoor, serviceOf } from "../support/door.js";
import { until } from "../support/until.js";

const health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
const held = "GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n";

async function holding() {
  const open = await OpenDoor.open([serviceOf("grading", { add: (a: number, b: number) => a + b })]);
  const gate = deferred();
  let arrived = 0;
  open.door.mount("/held", async (_, response) => {
    arrived++;
    await gate.promise;
    response.end("held");
  });
  const waiting = (count: number): Promise<void> => until(() => arrived === count);
  return { open, gate, waiting };
}

describe("a door that closes", () => {
  it("HTTP-END-1 ends idle connections at once, and the others behind their answers", async () => {
    const { open, gate, waiting } = await holding();
    const idle = open.raw().say(health);
    await idle.hears(/serving/);
    const busy = open.raw().say(held, held);
    await waiting(2);
    const closing = open.door.close(10_000);
    await idle.ended();
    expect(busy.heard).toBe("");
    gate.resolve();
    const heard = await busy.ended();
    expect(heard.match(/held/g)).toHaveLength(2);
    expect(heard.match(/^connection: close/gim)).toHaveLength(1);
    expect(await closing).toEqual({ finished: 2, abandoned: 0 });
  });

  it("HTTP-END-1 says with every answer that it is leaving, once it is", async () => {
    const { open } = await holding();
    const client = open.raw().say(health);
    expect(await client.hears(/serving/)).not.toMatch(/^connection: close/im);
    open.door.leave();
    client.say(
      "POST /grading/add HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n[1,2]",
    );
    expect(await client.ended()).toMatch(/200 OK[^]*200 OK[^]*^connection: close[^]*\r\n\r\n3$/im);
  });

  it("HTTP-END-1 gives up what is not answered in time", async () => {
    const { open, gate, waiting } = await holding();
    const busy = open.raw().say(held);
    await waiting(1);
    expect(await open.door.close(1)).toEqual({ finished: 0, abandoned: 1 });
    expect(await busy.ended()).toBe("");
    gate.resolve();
  });

  it("sends away who comes while it does, and what still comes by connections that it has", async () => {
    const { open, gate, waiting } = await holding();
    const busy = open.raw().say(held);
    await waiting(1);
    const closing = open.door.close(10_000);
    expect(await open.answerTo(health)).toMatch(/^HTTP\/1\.1 503 [^]*"reason":"DRAINING"/);
    busy.say(health);
    await open.native("grading", "add", [1, 2]);
    gate.resolve();
    const heard = await busy.ended();
    expect(heard).toMatch(/^HTTP\/1\.1 200 /);
    expect(heard).not.toContain("serving");
    await closing;
  });
});
