import { createConnection, type Socket } from "node:net";
import { ManualClock } from "@skylark/core/internal";
import { parseAddress } from "@skylark/rpc/internal";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeApart } from "../../src/wire/codec.js";
import { decodeFailure } from "../../src/wire/failure.js";
import { frameKinds, moreFlag, preface } from "../../src/wire/frame.js";
import { hello } from "../support/attack.js";
import { type Frame, frame, framesOf, patterned } from "../support/frames.js";
import { RawPeer } from "../support/raw-peer.js";
import { turns, until } from "../support/until.js";
import { type Provider, serviceOf, World } from "../support/world.js";

describe.each(["memory", "tcp"] as const)("a caller that does not go on, over %s", (network) => {
  let world: World;
  let clock: ManualClock;
  beforeEach(() => {
    clock = new ManualClock();
    world = new World(network, clock);
  });
  afterEach(() => world.close());

  it.each([
    ["says nothing", Buffer.alloc(0)],
    ["stops in the preface", Buffer.from(preface.subarray(0, 4))],
    ["stops before its hello", Buffer.from(preface)],
    ["stops in its hello", Buffer.concat([preface, hello.subarray(0, 20)])],
    ["stops in a large hello", Buffer.concat([preface, frame(frameKinds.hello | moreFlag, 0, patterned(1000))])],
  ])("RPC-HELLO-7 is cut off when it %s, in 5000 ms and whatever it pings", async (_what, opening) => {
    const provider: Provider = await world.provide([serviceOf("target", { echo: async () => 1 })]);
    const peer = await RawPeer.dial(world, provider);
    peer.say(opening);
    await until(() => provider.server.connections === 1); // its time runs from here
    clock.advance(4800);
    await turns();
    expect(provider.server.connections).toBe(1);
    clock.advance(400);
    await peer.closed();
    await until(() => provider.server.connections === 0);
    expect(world.saying("warn", "did not finish its handshake within 5000 ms")).toHaveLength(1);
  });

  it("RPC-ALIVE-2 is asked, and cut off when it does not answer", async () => {
    const provider = await world.provide([serviceOf("target", { echo: async () => 1 })]);
    const peer = await RawPeer.dial(world, provider);
    await peer.greet();
    clock.advance(5200);
    await peer.frame(frameKinds.ping);
    expect(peer.isClosed).toBe(false);
    clock.advance(5200);
    await peer.closed();
    await until(() => provider.server.connections === 0);
  });
});

describe("a frozen caller", () => {
  it("RPC-DRAIN-8 keeps no server from closing, be it in its handshake or frozen", async () => {
    const clock = new ManualClock();
    const world = new World("tcp", clock);
    const provider: Provider = await world.provide([serviceOf("target", { echo: async () => 1 })]);
    const address = parseAddress(provider.endpoint.address);
    const port = address.kind === "tcp" ? address.port : 0;
    const frozen = [Buffer.concat([preface, hello]), Buffer.from(preface)].map((opening) => {
      const socket = createConnection({ port, host: "127.0.0.1", allowHalfOpen: true });
      socket.pause();
      socket.write(opening);
      return socket;
    });
    await until(() => provider.server.connections === 2);
    await turns();
    let isClosed = false;
    const closing = provider.server.close().then(() => (isClosed = true));
    await turns(50);
    expect(isClosed).toBe(false);
    for (let second = 0; second < 3; second++) {
      clock.advance(1000);
      await turns();
    }
    await closing;
    expect(provider.server.connections).toBe(0);
    for (const socket of frozen) socket.destroy();
    await world.close();
  });
});

describe("a caller that does not read", () => {
  /** A greeted connection whose other end never takes what it is sent. */
  async function unread(world: World): Promise<{ socket: Socket; provider: Provider; executed: () => number }> {
    let executed = 0;
    const answer = async (size: number): Promise<Buffer> => {
      executed++;
      return Buffer.alloc(size);
    };
    const target = { answer };
    const provider = await world.provide([serviceOf("target", target)]);
    const address = parseAddress(provider.endpoint.address);
    const socket = createConnection({ port: address.kind === "tcp" ? address.port : 0, host: "127.0.0.1" });
    socket.pause();
    socket.on("error", () => {});
    socket.write(Buffer.concat([preface, hello]));
    await until(() => provider.server.connections === 1);
    return { socket, provider, executed: () => executed };
  }

  function asking(size: number, count: number): Buffer {
    const payload = Buffer.concat([Buffer.from("0000010000000000", "hex"), encodeApart([size])]);
    return Buffer.concat(Array.from({ length: count }, (_, at) => frame(frameKinds.request, at + 1, payload)));
  }

  it.each([
    ["answers", asking(15_000, 10_000)],
    ["pongs", Buffer.concat(Array.from({ length: 10_000_000 / 8 }, () => frame(frameKinds.ping, 0)))],
  ])("RPC-HOSTILE-4 is cut off before its unread %s fill the memory", async (_what, bytes) => {
    const world = new World("tcp");
    const { socket, provider } = await unread(world);
    let writable = true;
    socket.on("drain", () => (writable = true));
    while (provider.server.connections === 1) {
      if (writable) writable = socket.write(bytes);
      await turns(1);
    }
    expect(world.saying("warn", "does not read what it is sent")).toHaveLength(1);
    socket.destroy();
    await world.close();
  });

  it("RPC-HOSTILE-4 gets failures for the large answers beyond what may wait", async () => {
    const world = new World("tcp");
    const { socket, executed } = await unread(world);
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.pause();
    socket.write(asking(4_000_000, 100));
    await until(() => executed() === 100);
    socket.resume();
    const answers = (): Frame[] => framesOf(Buffer.concat(chunks), true).filter(isLast);
    while (answers().length < 100) await turns(50);
    const failures = answers().filter(({ kind }) => kind === frameKinds.failure);
    expect(failures.length).toBeGreaterThanOrEqual(80);
    for (const { payload } of failures) {
      expect(decodeFailure(payload, 0, payload.length)).toMatchObject({ code: "resource_exhausted" });
    }
    socket.destroy();
    await world.close();
  });
});

/** The frame with which an answer is whole. */
function isLast({ kind, stream }: Frame): boolean {
  return stream > 0 && (kind === frameKinds.failure || kind === frameKinds.fragment);
}
