import { beforeEach, describe, expect, it } from "vitest";
import { OpenDoor, serviceOf } from "../support/door.js";

const preface = Buffer.from("9e534b594c41524b", "hex");
const health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

describe("a port that both share", () => {
  let open: OpenDoor;
  beforeEach(async () => {
    open = await OpenDoor.open([serviceOf("grading", { add: (a: number, b: number) => a + b })]);
  });

  async function expectAlive(): Promise<void> {
    expect(await open.native("grading", "add", [1, 2])).toBe(3);
    expect((await open.post("/grading/add", [1, 2])).body).toBe(3);
  }

  it("HTTP-PORT-1 ends a connection that changes from HTTP to the native protocol", async () => {
    expect(await open.answerTo(Buffer.concat([Buffer.from("GET /"), preface]))).toMatch(/^HTTP\/1\.1 400 /);
    const client = open.raw().say(health);
    await client.hears(/serving/);
    expect(await client.say(preface).ended()).toMatch(/HTTP\/1\.1 400 [^]*this is no HTTP\/1\.1 request/);
    await expectAlive();
  });

  it("HTTP-PORT-1 ends a connection that changes from the native protocol to HTTP", async () => {
    expect(await open.answerTo(preface, health)).not.toContain("HTTP");
    expect(await open.answerTo(preface.subarray(0, 4), health)).not.toContain("HTTP");
    expect(open.logged.filter(({ level }) => level === "warn")).toHaveLength(2);
    await expectAlive();
  });

  it("says nothing to who has said half a preface", async () => {
    const client = open.raw().say(preface.subarray(0, 4));
    await expectAlive();
    expect(client.isOver).toBe(false);
    client.hangUp();
  });

  it("HTTP-PORT-2 asks who speaks HTTP/2 for HTTP/1.1", async () => {
    const settings = Buffer.from("000000040000000000", "hex");
    const heard = await open.answerTo("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", settings);
    expect(Buffer.from(heard, "latin1").toString("hex")).toBe(
      "000000040000000000" + // SETTINGS, without any
        "00000807000000000000000000" + // GOAWAY on stream 0; stream 0 was the last one served
        "0000000d", // HTTP_1_1_REQUIRED
    );
    await expectAlive();
  });

  it("HTTP-PORT-1 alerts who speaks TLS", async () => {
    const heard = await open.answerTo(Buffer.from("160301002f0100002b0303", "hex"));
    expect(Buffer.from(heard, "latin1").toString("hex")).toBe("15030100020228");
    await expectAlive();
  });

  it("outlives clients that hang up anywhere", async () => {
    const request = `POST /grading/add HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n[1,2]`;
    for (let cut = 1; cut <= request.length; cut += 7) {
      const client = open.raw();
      await client.flush(request.slice(0, cut));
      client.hangUp();
    }
    await expectAlive();
  });

  it("outlives bytes that mean nothing", async () => {
    let state = 1;
    const next = (): number => (state = (state * 48_271) % 2_147_483_647);
    for (let round = 0; round < 200; round++) {
      const bytes = Buffer.from(Array.from({ length: 1 + (next() % 60) }, () => next() & 0xff));
      if (round % 2 === 0) bytes[0] = 0x47; // half of them begin like GET
      open.raw().say(bytes, "\r\n\r\n");
    }
    await expectAlive();
  });
});
