import { connect, type Socket } from "node:net";
import type { LogLevel } from "@skylark/core";
import { ManualClock } from "@skylark/core/internal";
import { type Listener, parseAddress, sharedTransport, type Wire } from "@skylark/rpc/internal";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { preface, wireLimits } from "../../src/wire/frame.js";
import { turns, until } from "../support/until.js";

describe("a shared port", () => {
  const clock = new ManualClock();
  let listener: Listener;
  let port: number;
  let native: { wire: Wire; heard: Buffer }[];
  let guests: { socket: Socket; heard: string }[];
  let logged: { level: LogLevel; message: string }[];
  let callers: Socket[];

  beforeEach(async () => {
    [native, guests, logged, callers] = [[], [], [], []];
    const http = {
      takes(socket: Socket): void {
        const guest = { socket, heard: "" };
        guests.push(guest);
        socket.on("error", () => {}).on("data", (chunk: Buffer) => (guest.heard += chunk.toString("latin1")));
      },
    };
    const log = (level: LogLevel, message: string): void => void logged.push({ level, message });
    listener = await sharedTransport({ http, clock, log }).listen("tcp://127.0.0.1:0", (wire) => {
      const end = { wire, heard: Buffer.alloc(0) };
      native.push(end);
      wire.onData = (chunk) => {
        end.heard = Buffer.concat([end.heard, chunk]);
      };
    });
    const address = parseAddress(listener.address);
    port = address.kind === "tcp" ? address.port : 0;
  });

  afterEach(async () => {
    for (const { wire } of native) wire.destroy();
    for (const { socket } of guests) socket.destroy();
    for (const caller of callers) caller.destroy();
    await listener.close();
    await until(() => clock.pending === 0);
  });

  async function caller(): Promise<{ say(bytes: string | Uint8Array): void; ended: () => string | undefined }> {
    const socket = connect({ port, host: "127.0.0.1" });
    callers.push(socket);
    let heard = "";
    let isOver = false;
    socket.on("error", () => {}).on("data", (chunk: Buffer) => (heard += chunk.toString("hex")));
    socket.on("close", () => (isOver = true));
    const before = clock.pending;
    await until(() => clock.pending > before); // it was accepted, and its time runs
    return { say: (bytes) => void socket.write(bytes), ended: () => (isOver ? heard : undefined) };
  }

  it("RPC-FRAME-1 RPC-9.1 hands native connections on with every byte they said, however it came", async () => {
    for (const cut of [1, 3, 8, 11]) {
      const { say } = await caller();
      const bytes = Buffer.concat([preface, Buffer.from("frames")]);
      say(bytes.subarray(0, cut));
      await until(() => native.at(-1)?.heard.length === cut);
      say(bytes.subarray(cut));
      await until(() => native.at(-1)?.heard.length === bytes.length);
      expect(native.at(-1)?.heard).toEqual(bytes);
    }
    expect(guests).toEqual([]);
  });

  it("RPC-9.1 hands on what begins with a letter as HTTP, with every byte", async () => {
    for (const opening of ["GET / HTTP/1.1\r\n\r\n", "P", "patch", "Z\x9e"]) {
      const { say } = await caller();
      say(Buffer.from(opening, "latin1"));
      await until(() => guests.at(-1)?.heard === opening);
      say("more");
      await until(() => guests.at(-1)?.heard === `${opening}more`);
    }
    expect(native).toEqual([]);
  });

  it.each(["\0", "@", "[", "`", "{", "\r\n", "\x9d", "\xff"])(
    "leaves to the native protocol to judge what begins with %j",
    async (opening) => {
      const { say } = await caller();
      say(Buffer.from(opening, "latin1"));
      await until(() => native.length === 1);
      expect(native[0]?.heard.toString("latin1")).toBe(opening);
    },
  );

  it("answers TLS with an alert, says so, and closes", async () => {
    const { say, ended } = await caller();
    say(Buffer.from("16030102000100", "hex"));
    await until(() => ended() !== undefined);
    expect(ended()).toBe("15030100020228");
    expect(logged).toEqual([{ level: "warn", message: expect.stringMatching(/^tcp:\/\/127.0.0.1:\d+ speaks TLS/) }]);
  });

  it("RPC-HELLO-7 sends away who has said nothing in the time of a handshake, and nobody else", async () => {
    const silent = await caller();
    const speaking = await caller();
    clock.advance(wireLimits.handshakeTimeoutMs - 1);
    speaking.say(preface.subarray(0, 1));
    await until(() => native.length === 1);
    expect(silent.ended()).toBeUndefined();
    clock.advance(1);
    await until(() => silent.ended() !== undefined);
    await turns();
    expect(speaking.ended()).toBeUndefined();
  });

  it("forgets who hangs up without a word", async () => {
    await caller();
    callers[0]?.resetAndDestroy();
    await until(() => clock.pending === 0);
    expect([native, guests, logged]).toEqual([[], [], []]);
  });

  it("ends who is still silent when it no longer listens, and lets the others live", async () => {
    const silent = await caller();
    const speaking = await caller();
    speaking.say(preface);
    await until(() => native.length === 1);
    await listener.close();
    await until(() => silent.ended() !== undefined);
    speaking.say("more");
    await until(() => native[0]?.heard.length === 12);
    expect(native[0]?.heard.subarray(8).toString()).toBe("more");
  });
});
