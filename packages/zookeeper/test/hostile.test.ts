import { randomIndex, seededRandom } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import type { FakeConnection, Received } from "./support/fake-server.js";
import { FakeWorld } from "./support/fake-world.js";
import { failureOf, until } from "./support/until.js";

// whatever a server sends, a request ends, the connection too, and the next one works

function hex(connection: FakeConnection, bytes: string): void {
  connection.socket.write(Buffer.from(bytes.replaceAll(" ", ""), "hex"));
}

const answers: [string, (request: Received) => void][] = [
  ["announces a packet larger than any", ({ connection }) => hex(connection, "7f ff ff ff")],
  ["announces a packet of negative length", ({ connection }) => hex(connection, "ff ff ff ff")],
  ["sends a packet without a header", ({ connection }) => hex(connection, "00 00 00 02 00 00")],
  ["sends an empty packet", ({ connection }) => hex(connection, "00 00 00 00")],
  ["answers another request", ({ connection, xid }) => connection.reply(xid + 1)],
  ["answers what is already answered", ({ connection, xid }) => connection.reply(xid - 1)],
  ["answers a ping that was not sent", ({ connection }) => connection.reply(-2)],
  ["answers credentials that were not sent", ({ connection }) => connection.reply(-4)],
  ["answers watches that were not set", ({ connection }) => connection.reply(-8)],
  ["cuts the body short", ({ connection, xid }) => connection.reply(xid, 0, (writer) => writer.int(3))],
  [
    "announces a list longer than the packet",
    ({ connection, xid }) => connection.reply(xid, 0, (writer) => writer.int(0x7f_ff_ff_ff)),
  ],
  [
    "announces a text of negative length",
    ({ connection, xid }) => connection.reply(xid, 0, (writer) => [writer.int(1), writer.int(-7)]),
  ],
  ["tells of an event that nobody knows", ({ connection }) => connection.event(99, "/a")],
  ["hangs up in the middle of a packet", ({ connection }) => connection.socket.end(Buffer.from([0, 0, 1]))],
];

describe("a server that", () => {
  it.each(answers)("%s loses the request and the connection, and no more", async (_, answer) => {
    await using world = await FakeWorld.open();
    world.server.answer = answer;
    const failure = await failureOf(world.zk.getChildren("/a"));
    expect(failure).toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST" });
    world.server.answer = ({ connection, xid }) => connection.reply(xid, -101);
    const exists = world.zk.exists("/a");
    expect(await world.during(exists)).toBeUndefined();
  });

  it.each([
    ["speaks HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["speaks first", "\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000"],
    ["greets in half a packet", "\u0000\u0000\u0000\u0025\u0000\u0000"],
  ])("%s instead of greeting is left, and tried again later", async (_, text) => {
    await using world = await FakeWorld.listen();
    world.server.welcome = () => {
      world.server.latest.socket.end(Buffer.from(text, "latin1"));
      return "say nothing";
    };
    const opening = world.connect();
    await world.reconnects(3);
    world.server.welcome = () => ({ sessionId: 1n, timeoutMs: 6000 });
    const zk = await world.during(opening);
    expect(zk.state.kind).toBe("connected");
  });

  it("sends anything at all never crashes the client, or leaves a request waiting", async () => {
    const seed = 20_261_121;
    const random = seededRandom(seed);
    await using world = await FakeWorld.open({ expiresBy: "server" });
    for (let round = 0; round < 30; round += 1) {
      world.server.answer = ({ connection }) => {
        const garbage = Buffer.from(
          Array.from({ length: randomIndex(random, 200) + 1 }, () => randomIndex(random, 256)),
        );
        const length = Buffer.alloc(4);
        length.writeInt32BE(garbage.length);
        connection.socket.end(round % 2 === 0 ? Buffer.concat([length, garbage]) : garbage);
      };
      const failure = failureOf(world.zk.getData("/a"));
      await world.timePasses(() => world.server.received.length > round);
      expect(await failure, `seed ${seed}, round ${round}`).toMatchObject({ code: "unavailable" });
    }
    await until(() => world.zk.state.kind !== "connected");
  });
});

describe("listeners that throw", () => {
  it("are their author's error, and keep nothing from the others", async () => {
    await using world = await FakeWorld.open();
    const uncaught: unknown[] = [];
    const listeners = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", (error) => uncaught.push(error));
    try {
      world.server.answer = ({ xid, connection }) => connection.reply(xid);
      const heard: string[] = [];
      await world.zk.watch("/a", () => {
        throw new Error("a listener's own");
      });
      await world.zk.watch("/a", ({ kind }) => heard.push(kind));
      world.server.latest.event(3, "/a");
      await until(() => heard.length === 1 && uncaught.length === 1);
      expect(String(uncaught[0])).toContain("a listener's own");
      expect(world.zk.state.kind).toBe("connected");
    } finally {
      process.removeAllListeners("uncaughtException");
      for (const listener of listeners) process.on("uncaughtException", listener);
    }
  });
});
