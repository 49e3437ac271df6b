import { deferred } from "@skylark/core/internal";
import { beforeEach, describe, expect, it } from "vitest";
import { OpenDoor, serviceOf } from "../support/door.js";
import { until } from "../support/until.js";

const post = "POST /grading/add HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

describe("requests on a connection", () => {
  let open: OpenDoor;
  let gate: ReturnType<typeof deferred<string>>;
  let holding: { count: number };

  beforeEach(async () => {
    gate = deferred<string>();
    holding = { count: 0 };
    const grading = {
      add: (...terms: number[]) => terms.reduce((sum, term) => sum + term, 0),
      hold: () => {
        holding.count++;
        return gate.promise;
      },
    };
    open = await OpenDoor.open([serviceOf("grading", grading)]);
  });

  const hold = "POST /grading/hold HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

  it("mean the same in whatever pieces they come", async () => {
    const client = open.raw();
    for (const byte of Buffer.from(`${post}Content-Length: 5\r\n\r\n[1,2]`)) await client.flush(Uint8Array.of(byte));
    expect(await client.hears(/\r\n\r\n\d+/)).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\n3$/);
    const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n3\r\n1,2\r\n1\r\n]\r\n0\r\nX-Trailer: y\r\n\r\n`;
    for (const byte of Buffer.from(chunked)) await client.flush(Uint8Array.of(byte));
    expect(await client.hears(/\r\n\r\n3HTTP[^]*\r\n\r\n\d+/)).toMatch(/\r\n\r\n3$/);
  });

  it("HTTP-PORT-5 are answered in their order, however they end", async () => {
    const client = open.raw().say(hold, `${post}Content-Length: 5\r\n\r\n[1,2]`, health);
    await until(() => holding.count > 0);
    expect(client.heard).toBe("");
    gate.resolve("first");
    const heard = await client.hears(/serving/);
    expect(heard.split("\r\n\r\n").map((part) => part.split("HTTP/1.1")[0])).toEqual([
      "",
      '"first"',
      "3",
      expect.stringContaining("serving"),
    ]);
  });

  it("HTTP-PORT-5 HTTP-ERROR-3 may not be more than thirty-two at once", async () => {
    const client = open.raw().say(hold.repeat(33));
    await until(() => holding.count === 32);
    gate.resolve("done");
    const heard = await client.ended();
    expect(heard.match(/HTTP\/1\.1 200 /g)).toHaveLength(32);
    expect(heard.match(/HTTP\/1\.1 503 /g)).toHaveLength(1);
    expect(heard).toMatch(/"code":"resource_exhausted"/);
    expect(holding.count).toBe(32);
  });

  it("go on after one that was refused, where its body is short", async () => {
    const client = open.raw().say(`${post.replace("json", "xml")}Content-Length: 5\r\n\r\n[1,2]`, health);
    expect(await client.hears(/serving/)).toMatch(/^HTTP\/1\.1 415 /);
  });

  it("HTTP-ERROR-4 end behind one that was refused, where its body is long", async () => {
    const client = open.raw().say(`${post.replace("json", "xml")}Content-Length: 100000\r\n\r\n`);
    await client.hears(/unsupported|application\/xml/i);
    client.say("x".repeat(100_000), health);
    const heard = await client.ended();
    expect(heard).toMatch(/^HTTP\/1\.1 415 /);
    expect(heard).toMatch(/^connection: close/im);
    expect(heard).not.toContain("serving");
  });

  it("end behind a body that is longer than it says: the rest is no request", async () => {
    const heard = await open.answerTo(`${post}Content-Length: 2\r\n\r\n[1,2,3]`);
    expect(heard).toMatch(/^HTTP\/1\.1 400 /);
    const rest = await open.answerTo(`${post}Content-Length: 5\r\n\r\n[1,2],3]`);
    expect(rest).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\n3/);
  });

  it("get their answers although what follows them is none", async () => {
    const client = open.raw().say(hold, "\x01\x02\x03");
    await until(() => holding.count > 0);
    gate.resolve("done");
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 200 [^]*"done"$/);
  });

  it("may wait for leave to send their body", async () => {
    const client = open.raw().say(`${post}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`);
    await client.hears(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    client.say("[1,2]");
    expect(await client.hears(/\r\n\r\n3/)).toContain("HTTP/1.1 200 ");
    expect(await open.answerTo(`${post}Expect: miracles\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 417 /,
    );
  });

  it("HTTP-LIMIT-3 are only so many on each", async () => {
    const few = await OpenDoor.open([], { limits: { requestsPerConnectionMax: 3 } });
    const heard = await few.answerTo(health.repeat(3));
    expect(heard.match(/HTTP\/1\.1 200 /g)).toHaveLength(3);
    expect(heard.match(/^connection: close/gim)).toHaveLength(1);
  });

  it("HTTP-LIMIT-3 come by only so many of them", async () => {
    const few = await OpenDoor.open([serviceOf("grading", { add: () => 3 })], { limits: { connectionsMax: 2 } });
    const [first, second] = [few.raw().say(health), few.raw().say(health)];
    await Promise.all([first.hears(/serving/), second.hears(/serving/)]);
    expect(await few.answerTo(health)).toMatch(/^HTTP\/1\.1 503 [^]*"code":"resource_exhausted"/);
    expect(await few.native("grading", "add", [])).toBe(3);
    first.hangUp();
    await until(() => few.door.connections === 1);
    expect((await few.ask("/healthz")).status).toBe(200);
  });

  it("HTTP-PORT-4 may name the port in their first line", async () => {
    const client = open.raw();
    client.say("GET http://LOCALHOST:4000/healthz?x=1 HTTP/1.1\r\nHost: localhost:4000\r\n\r\n");
    expect(await client.hears(/\}/)).toMatch(/^HTTP\/1\.1 200 /);
    client.say("GET http://localhost HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(await client.hears(/\}\}/)).toContain("HTTP/1.1 404 ");
  });

  it("stay HTTP whatever they ask to become", async () => {
    const upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
    const client = open.raw().say(`GET /healthz HTTP/1.1\r\nHost: localhost\r\n${upgrade}\r\n`);
    expect(await client.hears(/\}/)).toMatch(/^HTTP\/1\.1 200 /);
  });
});
