import { once } from "node:events";
import { createServer as createHttp2Server, type Http2Server } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { silentLog } from "@skylark/core";
import { ManualClock } from "@skylark/core/internal";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Members } from "../../src/connection/members.js";
import { defaultSilence } from "../../src/options.js";

// real sockets, and a clock that the test holds: a member here takes connections, and speaks when told

class Member {
  readonly sockets: Socket[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      socket.on("error", () => {});
      this.sockets.push(socket);
    });
  }

  static async listen(): Promise<Member> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Member(server);
  }

  get endpoint(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The `number`th connection, from 1, waited for. */
  async taken(number = 1): Promise<Socket> {
    await expect.poll(() => this.sockets.length).toBeGreaterThanOrEqual(number);
    return this.sockets[number - 1] as Socket;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
  }
}

/** The client has ended it. */
async function gone(socket: Socket): Promise<void> {
  socket.resume(); // its end is behind what the client has said
  await expect.poll(() => socket.closed).toBe(true);
}

let http2: Http2Server;
let listening: Member[] = [];
let opened: Members | undefined;
let clock: ManualClock;

beforeEach(() => {
  http2 = createHttp2Server();
  clock = new ManualClock();
});

afterEach(() => {
  opened?.close();
  for (const member of listening) member.close();
  listening = [];
});

async function membersOf(count: number): Promise<{ members: Members; servers: Member[] }> {
  listening = await Promise.all(Array.from({ length: count }, () => Member.listen()));
  const endpoints = listening.map(({ endpoint }) => endpoint);
  const random = { next: () => 0 };
  opened = new Members({ endpoints, tls: undefined, silence: defaultSilence, clock, random, log: silentLog });
  return { members: opened, servers: listening };
}

describe("the members of a cluster", () => {
  it("COORD-9 of which two in a row are frozen cost two moments, not the patience that each has", async () => {
    const { members, servers } = await membersOf(3);
    const [first, second, third] = servers as [Member, Member, Member];
    const reached = members.connection();
    const frozen = [await first.taken()];
    clock.advance(250);
    frozen.push(await second.taken());
    clock.advance(250);
    http2.emit("connection", await third.taken());
    expect((await reached).endpoint).toBe(third.endpoint);
    await Promise.all(frozen.map(gone));
  });

  it("get more patience after each round in which none has spoken, and little again once one has", async () => {
    const { members, servers } = await membersOf(1);
    const [slow] = servers as [Member];
    const reached = members.connection();
    await slow.taken();
    clock.advance(1000);
    await gone(slow.sockets[0] as Socket);
    await pausesUntil(() => slow.sockets.length === 2);
    clock.advance(1900);
    http2.emit("connection", slow.sockets[1]);
    const connection = await reached;
    clock.advance(1000); // it was of use for long enough, so that the next is dialled at once
    slow.sockets[1]?.destroy();
    await connection.ended;
    const again = members.connection();
    await slow.taken(3);
    clock.advance(1000);
    await gone(slow.sockets[2] as Socket);
    members.close();
    await expect(again).rejects.toMatchObject({ code: "cancelled" });
  });

  it("are dialled no more once it is closed, and what was being dialled is ended", async () => {
    const { members, servers } = await membersOf(2);
    const reached = members.connection();
    const socket = await (servers[0] as Member).taken();
    members.close();
    await expect(reached).rejects.toMatchObject({ code: "cancelled" });
    await gone(socket);
    expect(clock.pending).toBe(0);
  });
});

/** Pauses are over, which have no length here, until something holds; no time passes. */
async function pausesUntil(holds: () => boolean): Promise<void> {
  const over = (): boolean => {
    clock.advance(0);
    return holds();
  };
  await expect.poll(over).toBe(true);
}
