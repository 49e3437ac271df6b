import { createConnection } from "node:net";
import { MemoryNetwork, parseAddress, type Wire } from "@skylark/rpc/internal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeApart } from "../../src/wire/codec.js";
import { decodeFailure, encodeFailure, Failure } from "../../src/wire/failure.js";
import { frameKinds, moreFlag, preface, wireLimits } from "../../src/wire/frame.js";
import { encodeWelcome } from "../../src/wire/handshake.js";
import { hello } from "../support/attack.js";
import { frame, framesOf } from "../support/frames.js";
import { RawPeer } from "../support/raw-peer.js";
import { all, counting } from "../support/server-streams.js";
import { failureOf, turns, until } from "../support/until.js";
import { overEachNetwork, serviceOf, World } from "../support/world.js";

const none = { remainingMs: Number.POSITIVE_INFINITY };
const credit = (bytes: number): Buffer => {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return payload;
};
const message = 10_000;

/** Methods 0 `count`, 1 `quiet`, 2 `flood`. */
async function provided(world: World) {
  const { seen, functions } = counting();
  const made = { bytes: 0, streams: 0 };
  const provider = await world.provide([
    serviceOf("target", {
      ...functions,
      async *flood(): AsyncGenerator<Buffer> {
        made.streams++;
        for (const bytes = Buffer.alloc(message - 3); ; made.bytes += message) yield bytes;
      },
    }),
  ]);
  const peer = await RawPeer.dial(world, provider);
  return { provider, peer, seen, made };
}

overEachNetwork("a hostile reader of server streams", (world) => {
  it.each([
    ["is no number of four bytes", Buffer.alloc(3), "four bytes"],
    ["gives back what was never sent", credit(300_000), "more than was sent"],
  ])("RPC-STREAM-5 is cut off whose credit %s", async (_what, payload, why) => {
    const { peer, provider, seen } = await provided(world());
    await peer.greet();
    peer.request(1, 1, [], none);
    await peer.frame(frameKinds.message, 1);
    peer.say(frame(frameKinds.credit, 1, payload));
    await peer.closed();
    await until(() => provider.server.connections === 0 && seen.left === 1);
    expect(world().saying("warn", why)).toHaveLength(1);
  });

  it("RPC-SERVER-STREAM-4 RPC-STREAM-9 is tolerated that speaks where it may only listen, or after the end", async () => {
    const { peer, seen } = await provided(world());
    await peer.greet();
    peer.request(1, 1, [], none);
    await peer.frame(frameKinds.message, 1);
    peer.say(
      frame(frameKinds.message, 1, Buffer.of(0xc1)),
      frame(frameKinds.message | moreFlag, 1, Buffer.alloc(100)),
      frame(frameKinds.fragment, 1, Buffer.alloc(100)),
      frame(frameKinds.end, 1),
      frame(frameKinds.failure, 1, encodeFailure(new Failure("aborted", "no"))),
    );
    await turns();
    expect(seen.running()).toBe(1);
    peer.say(frame(frameKinds.cancel, 1), frame(frameKinds.cancel, 1), frame(frameKinds.credit, 1, credit(5)));
    await until(() => seen.running() === 0);
    peer.request(1, 0, [1], none); // the id is free again
    await peer.frame(frameKinds.end, 1);
    expect(peer.isClosed).toBe(false);
    peer.hangUp();
  });

  it("RPC-SERVER-STREAM-1 RPC-CALL-6 is told that its arguments cannot be read", async () => {
    const { peer, seen } = await provided(world());
    await peer.greet();
    const head = Buffer.from("0001010000000000", "hex");
    for (const [at, payload] of [Buffer.of(0xc1), encodeApart({ no: "list" }), Buffer.alloc(0)].entries()) {
      peer.say(frame(frameKinds.request, at + 1, Buffer.concat([head, payload])));
      const refused = await peer.frame(frameKinds.failure, at + 1);
      const { code, options } = decodeFailure(refused.payload, 0, refused.payload.length);
      expect([code, options.notExecuted]).toEqual(["invalid_argument", true]);
    }
    expect(seen.opened).toBe(0);
    peer.hangUp();
  });

  it("RPC-FRAME-7 is cut off that opens a stream on one in use", async () => {
    const { peer, provider } = await provided(world());
    await peer.greet();
    peer.request(1, 1, [], none);
    peer.request(1, 1, [], none);
    await peer.closed();
    await until(() => provider.server.connections === 0);
    expect(world().saying("warn", "stream 1 is in use")).toHaveLength(1);
  });

  it("RPC-4.3 RPC-SERVER-STREAM-4 makes the provider hold no more than the window and one message of each stream it never reads", async () => {
    const { peer, made } = await provided(world());
    await peer.greet();
    const streams = 50;
    for (let id = 1; id <= streams; id++) peer.request(id, 2, [], none);
    const most = Math.floor(wireLimits.streamWindowBytes / message) * message;
    await until(() => made.bytes >= streams * most);
    await turns(50);
    expect(made.bytes).toBeLessThanOrEqual(streams * (wireLimits.streamWindowBytes + message));
    peer.hangUp();
  });

  it("RPC-HOSTILE-1 moves nobody with any frames at all", async () => {
    const kinds = fc.oneof(fc.constantFrom(...Object.values(frameKinds)), fc.nat(255));
    const payloads = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.nat(400_000).map(credit));
    const anyFrame = fc.tuple(kinds, fc.nat(4), payloads);
    const { provider, peer } = await provided(world());
    peer.hangUp();
    await fc.assert(
      fc.asyncProperty(fc.array(anyFrame, { minLength: 1, maxLength: 30 }), async (sent) => {
        const attacker = await RawPeer.dial(world(), provider);
        await attacker.greet();
        for (const method of [1, 2, 0]) attacker.request(method + 1, method, [], none);
        for (const [kind, stream, payload] of sent) attacker.say(frame(kind, stream, payload));
        await turns(5);
        attacker.hangUp();
        await until(() => provider.server.connections === 0);
      }),
      { seed: 4711, numRuns: 40 },
    );
  });
});

it("RPC-4.3 RPC-HOSTILE-4 a reader that takes nothing off its socket holds its streams back, however many they are", async () => {
  const world = new World("tcp");
  const { provider, peer, made } = await provided(world);
  peer.hangUp();
  const address = parseAddress(provider.endpoint.address);
  const socket = createConnection({ port: address.kind === "tcp" ? address.port : 0, host: "127.0.0.1" });
  socket.pause();
  socket.on("error", () => {});
  const payload = Buffer.concat([Buffer.from("0002010000000000", "hex"), encodeApart([])]);
  const requests = Array.from({ length: 2000 }, (_, at) => frame(frameKinds.request, at + 1, payload));
  socket.write(Buffer.concat([preface, hello, ...requests]));
  await until(() => made.streams === requests.length);
  await turns(100);
  // a message of each, and what their connection takes before they wait; the system takes some of it too
  expect(made.bytes).toBeLessThan(requests.length * message + 16 * wireLimits.streamBacklogBytes);
  expect(provider.server.connections).toBe(1);
  socket.destroy();
  await world.close();
});

describe("a hostile provider of server streams", () => {
  const services = [
    {
      name: "target",
      version: "1",
      methods: [{ id: 0, name: "watch", shape: "server-stream", idempotent: false, layout: "" }],
    },
  ] as const;
  const welcome = frame(
    frameKinds.welcome,
    0,
    encodeWelcome({ version: 1, instance: "evil", services, messageBytesMax: 1_000_000 }),
  );
  const begun = (stream: number): Buffer => frame(frameKinds.credit, stream, credit(0));
  const say = (stream: number, value: unknown): Buffer => frame(frameKinds.message, stream, encodeApart(value));

  /** A caller, and a provider that answers each request with these bytes. */
  async function dialled(answer: (stream: number) => readonly Buffer[]) {
    const world = new World("memory");
    const network = new MemoryNetwork();
    const heard: Buffer[] = [];
    let dials = 0;
    const listener = await network.listen("memory://evil", (wire: Wire) => {
      dials++;
      wire.onData = (chunk) => {
        if (chunk.includes(hello.subarray(8, 20))) return void wire.write(Buffer.concat([preface, welcome]));
        heard.push(Buffer.from(chunk));
        for (const { kind, stream } of framesOf(chunk)) {
          if (kind === frameKinds.request) wire.write(Buffer.concat(answer(stream)));
        }
      };
    });
    const channel = world.client({ transport: network }).channel("target");
    channel.update([{ id: "evil", address: "memory://evil" }]);
    return {
      watch: () => channel.stream("watch", []),
      heard: () => framesOf(Buffer.concat(heard)).map(({ kind, stream }) => [kind, stream]),
      dials: () => dials,
      async close(): Promise<void> {
        channel.close();
        await listener.close();
        await world.close();
      },
    };
  }

  it.each<[what: string, answer: (stream: number) => readonly Buffer[]]>([
    [
      "sends more than it has credit for",
      (id) => [begun(id), ...Array.from({ length: 30 }, () => say(id, Buffer.alloc(10_000)))],
    ],
    ["sends a message before it has begun", (id) => [say(id, 1)]],
    ["begins with a credit of another length", (id) => [frame(frameKinds.credit, id, Buffer.alloc(5))]],
    ["answers it as a call", (id) => [begun(id), frame(frameKinds.response, id, Buffer.of(0xc0))]],
    ["cancels it", (id) => [begun(id), frame(frameKinds.cancel, id)]],
  ])("RPC-STREAM-5 RPC-SERVER-STREAM-2 loses its connection when it %s, and its stream ends", async (_what, answer) => {
    const { watch, close } = await dialled(answer);
    const stream = watch();
    const reading = (async () => {
      for (;;) {
        const { done } = await stream.next();
        if (done) return;
        await turns(2);
      }
    })();
    expect(await failureOf(reading)).toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST" });
    await close();
  });

  it("RPC-STREAM-9 is tolerated that ends twice, or speaks of streams that never were", async () => {
    const failure = encodeFailure(new Failure("aborted", "too late"));
    const { watch, dials, close } = await dialled((id) => [
      say(id + 1000, "nobody asked"),
      begun(id + 1001),
      frame(frameKinds.end, id + 1002),
      begun(id),
      begun(id),
      say(id, "one"),
      frame(frameKinds.end, id),
      frame(frameKinds.end, id),
      say(id, "two"),
      frame(frameKinds.failure, id, failure),
    ]);
    for (let round = 0; round < 3; round++) expect(await all(watch())).toEqual(["one"]);
    expect(dials()).toBe(1);
    await close();
  });

  it("RPC-STREAM-8 RPC-SERVER-STREAM-10 ends a stream alone by a message that cannot be read", async () => {
    const { watch, heard, dials, close } = await dialled((id) => [
      begun(id),
      say(id, "fine"),
      frame(frameKinds.message, id, Buffer.of(0xc1)),
      say(id, "never read"),
    ]);
    const stream = watch();
    expect(await stream.next()).toEqual({ value: "fine", done: false });
    const error = await failureOf(stream.next());
    expect(error).toMatchObject({ code: "internal", reason: "PROTOCOL" });
    expect((error as Error).message).toContain("a message of target.watch cannot be read");
    expect(await stream.next()).toEqual({ value: undefined, done: true });
    await until(() => heard().at(-1)?.[0] === frameKinds.cancel);
    expect(heard().at(-1)).toEqual([frameKinds.cancel, 1]);
    expect((await watch().next()).value).toBe("fine");
    expect(dials()).toBe(1);
    await close();
  });

  it("RPC-SERVER-STREAM-4 is given no credit for what was not taken", async () => {
    const chunks = 26; // 260 KB: more than the window is not sent
    const { watch, heard, close } = await dialled((id) => [
      begun(id),
      ...Array.from({ length: chunks }, () => say(id, Buffer.alloc(10_000))),
    ]);
    const stream = watch();
    await stream.next();
    await turns(20);
    const credits = (): number => heard().filter(([kind]) => kind === frameKinds.credit).length;
    expect(credits()).toBe(0);
    for (let taken = 1; taken < 13; taken++) await stream.next();
    await turns();
    expect(credits()).toBe(0); // 130,039 bytes: not quite half the window
    await stream.next();
    await until(() => credits() > 0);
    expect(credits()).toBe(1);
    await close();
  });
});
