import { createConnection, type Socket } from "node:net";
import { ManualClock } from "@skylark/core/internal";
import type { MessageStream } from "@skylark/rpc";
import { MemoryNetwork, parseAddress, type Wire } from "@skylark/rpc/internal";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeApart } from "../src/wire/codec.js";
import { decodeFailure, encodeFailure, Failure } from "../src/wire/failure.js";
import { frameKinds, moreFlag, preface, wireLimits } from "../src/wire/frame.js";
import { encodeHello, encodeTable, encodeWelcome, type ServiceEntry } from "../src/wire/handshake.js";
import { type Frame, frame, framesOf, patterned } from "./support/frames.js";
import { RawPeer } from "./support/raw-peer.js";
import { failureOf, turns, until } from "./support/until.js";
import { overEachNetwork, type Provider, serviceOf, World } from "./support/world.js";

const helloFields = {
  version: 1,
  identity: { name: "raw", proof: "none" },
  instance: undefined,
  messageBytesMax: 4_194_304,
} as const;
const hello = frame(frameKinds.hello, 0, encodeHello(helloFields));

/** A provider with an echo and a stream, and a well-behaved caller whose calls must go on whatever the raw peer does. */
async function attacked(world: World) {
  const streams: MessageStream[] = [];
  let executed = 0;
  const echo = async (value: unknown): Promise<unknown> => {
    executed++;
    return value;
  };
  const hold = (): Promise<never> => new Promise(() => {});
  const open = (stream: MessageStream): void => void streams.push(stream);
  const provider = await world.provide([serviceOf("target", { echo, hold }, { streams: { open } })], {
    messageBytesMax: 1_000_000,
  });
  const friend = world.channel("target", [provider]);
  expect(await friend.call("echo", ["before"])).toBe("before");
  const peer = await RawPeer.dial(world, provider);
  return {
    provider,
    peer,
    streams,
    executed: () => executed - 1,
    /** The peer is gone, with a line in the log that says why; nobody else has noticed. */
    async expectCutOff(why: string): Promise<void> {
      await peer.closed();
      await until(() => provider.server.connections === 1);
      expect(world.saying("warn", why).length, `no warning says "${why}"`).toBeGreaterThan(0);
      await expectUnmoved();
    },
    async expectTolerated(): Promise<void> {
      peer.request(4_000_000, 0, ["still there"]);
      await peer.frame(frameKinds.response, 4_000_000);
      expect(peer.isClosed).toBe(false);
      peer.hangUp();
      await until(() => provider.server.connections === 1);
      await expectUnmoved();
    },
  };

  async function expectUnmoved(): Promise<void> {
    expect(await friend.call("echo", ["after"])).toBe("after");
    expect(friend.links[0]?.status).toBe("ready");
  }
}

overEachNetwork("a hostile caller", (world) => {
  it.each([
    ["an HTTP request", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "it began with"],
    ["TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", "it began with"],
    ["nothing that means anything", "\0\0\0\0", "it began with"],
    ["half a preface and then something else", "\x9eSKYnet", "it began with"],
  ])("RPC-FRAME-1 RPC-HOSTILE-1 RPC-HOSTILE-2 is cut off that begins with %s", async (_what, opening, why) => {
    const { peer, expectCutOff } = await attacked(world());
    peer.say(opening);
    await expectCutOff(why);
  });

  const beforeHello: [what: string, bytes: Buffer][] = [
    ["a request", frame(frameKinds.request, 1, Buffer.alloc(20))],
    ["a cancel", frame(frameKinds.cancel, 1)],
    ["a large request in pieces", frame(frameKinds.request | moreFlag, 1, Buffer.alloc(100))],
    ["a welcome", frame(frameKinds.welcome, 0, Buffer.of(0x80))],
    ["an unheard-of kind", frame(0x7f, 0)],
    ["a goodbye", frame(frameKinds.goodbye, 0, encodeFailure(new Failure("cancelled", "bye")))],
  ];
  it.each(beforeHello)("RPC-HELLO-6 is cut off that sends %s before its hello", async (_what, bytes) => {
    const { peer, expectCutOff, executed } = await attacked(world());
    peer.say(preface, bytes);
    await expectCutOff("instead of a hello");
    expect(executed()).toBe(1);
  });

  const badHellos: [what: string, payload: Buffer][] = [
    ["empty", Buffer.alloc(0)],
    ["no map", encodeApart([1])],
    ["without an identity", encodeApart({ version: 1, messageBytesMax: 5 })],
    ["with a prototype", Buffer.from("81a95f5f70726f746f5f5f80", "hex")],
    ["cut short", encodeHello(helloFields).subarray(0, 30)],
    ["announcing four gigabytes", Buffer.from("dbffffffff41", "hex")],
    ["a thousand levels deep", Buffer.alloc(1000, 0x91)],
  ];
  it.each(badHellos)("RPC-HELLO-3 RPC-HOSTILE-3 is cut off whose hello is %s", async (_what, payload) => {
    const { peer, expectCutOff } = await attacked(world());
    peer.say(preface, frame(frameKinds.hello, 0, payload));
    await expectCutOff(":");
  });

  it("RPC-HELLO-4 is told in which version it should have come", async () => {
    const { peer, provider } = await attacked(world());
    peer.say(preface, frame(frameKinds.hello, 0, encodeApart({ version: 9, all: "else may differ" })));
    const { payload } = await peer.frame(frameKinds.goodbye);
    expect(decodeFailure(payload, 0, payload.length)).toMatchObject({
      code: "failed_precondition",
      message: "this side speaks version 1 of the protocol, the caller 9",
      options: { reason: "PROTOCOL", notExecuted: true },
    });
    await until(() => provider.server.connections === 1);
  });

  it("RPC-HELLO-5 is told who answers where it meant another", async () => {
    const { peer, provider } = await attacked(world());
    peer.say(preface, frame(frameKinds.hello, 0, encodeHello({ ...helloFields, instance: "another" })));
    const { payload } = await peer.frame(frameKinds.goodbye);
    expect(decodeFailure(payload, 0, payload.length)).toMatchObject({
      code: "unavailable",
      options: { reason: "WRONG_INSTANCE", notExecuted: true, details: { answered: provider.endpoint.id } },
    });
    await until(() => provider.server.connections === 1);
  });

  const misplaced: [what: string, bytes: Buffer, why: string][] = [
    ["an unheard-of kind", frame(0x7f, 0), "frame kind 127"],
    ["kind 0", frame(0, 0), "frame kind 0"],
    ["a second hello", hello, "frame kind 1"],
    ["a welcome", frame(frameKinds.welcome, 0, encodeApart({})), "frame kind 2"],
    ["a response", frame(frameKinds.response, 1, Buffer.of(0xc0)), "frame kind 9"],
    ["a drain", frame(frameKinds.drain, 0, encodeApart(["target"])), "frame kind 18"],
    ["pieces of a kind that is never cut", frame(frameKinds.credit | moreFlag, 1, Buffer.alloc(4)), "frame kind 13"],
    ["pieces of an answer", frame(frameKinds.response | moreFlag, 1, Buffer.alloc(4)), "frame kind 9"],
    ["a request shorter than its head", frame(frameKinds.request, 1, Buffer.alloc(7)), "shorter than its head"],
    ["a request on stream 0", frame(frameKinds.request, 0, Buffer.alloc(9)), "stream 0"],
    ["names that are no names", frame(frameKinds.drained, 0, encodeApart([5])), "a string belongs"],
    ["a frame that is too long", Buffer.from("ffffff0800000001", "hex"), "the limit is 17408"],
    ["an endless empty message", frame(frameKinds.request | moreFlag, 1), "empty"],
  ];
  it.each(misplaced)("RPC-FRAME-5 RPC-HOSTILE-1 is cut off that sends %s", async (_what, bytes, why) => {
    const { peer, expectCutOff } = await attacked(world());
    await peer.greet();
    peer.say(bytes);
    await expectCutOff(why);
  });

  it("RPC-FRAME-7 is cut off that uses a stream twice", async () => {
    const { peer, expectCutOff } = await attacked(world());
    await peer.greet();
    peer.request(5, 1, []);
    peer.request(5, 0, ["again"]);
    await expectCutOff("stream 5 is in use");
  });

  it("RPC-FRAME-7 may use a stream again that has been answered", async () => {
    const { peer, expectTolerated, executed } = await attacked(world());
    await peer.greet();
    for (let round = 1; round <= 5; round++) {
      peer.request(5, 0, [round]);
      await until(() => peer.frames.filter(({ kind }) => kind === frameKinds.response).length === round);
    }
    expect(executed()).toBe(5);
    await expectTolerated();
  });

  it("RPC-STREAM-9 RPC-LARGE-6 RPC-CANCEL-3 is tolerated that speaks of streams that never were", async () => {
    const { peer, expectTolerated } = await attacked(world());
    await peer.greet();
    for (const stream of [1, 99, 0xffff_ffff, 0]) {
      peer.say(frame(frameKinds.message, stream, Buffer.of(0xc0)));
      peer.say(frame(frameKinds.credit, stream, Buffer.alloc(4, 0xff)));
      peer.say(frame(frameKinds.end, stream));
      peer.say(frame(frameKinds.cancel, stream));
      peer.say(frame(frameKinds.failure, stream, encodeFailure(new Failure("aborted", "x"))));
      peer.say(frame(frameKinds.fragment, stream, Buffer.alloc(10)));
      peer.say(frame(frameKinds.fragment | moreFlag, stream, Buffer.alloc(10)));
      peer.say(frame(frameKinds.message | moreFlag, stream, Buffer.alloc(10)));
      peer.say(frame(frameKinds.pong, stream));
    }
    await expectTolerated();
  });

  it("RPC-ALIVE-1 gets a pong for each ping, also before it has greeted", async () => {
    const { peer, expectTolerated } = await attacked(world());
    peer.say(preface, frame(frameKinds.ping, 0), frame(frameKinds.ping, 7));
    await peer.frame(frameKinds.pong, 0);
    await peer.frame(frameKinds.pong, 7);
    peer.say(hello);
    await peer.frame(frameKinds.welcome);
    await expectTolerated();
  });

  it("RPC-LARGE-4 is cut off whose request grows without end", async () => {
    const { peer, expectCutOff, executed } = await attacked(world());
    await peer.greet();
    const piece = Buffer.alloc(16_384);
    peer.say(frame(frameKinds.request | moreFlag, 1, piece));
    for (let sent = 0; sent < 100; sent++) peer.say(frame(frameKinds.fragment | moreFlag, 1, piece));
    await expectCutOff("a message grew beyond 1000008 bytes");
    expect(executed()).toBe(1);
  });

  it("RPC-LARGE-7 is cut off that begins more messages than can be in flight", async () => {
    const { peer, expectCutOff } = await attacked(world());
    await peer.greet();
    const pieces: Buffer[] = [];
    for (let stream = 1; stream <= wireLimits.callsMax + 1; stream++) {
      pieces.push(frame(frameKinds.request | moreFlag, stream, Buffer.of(0)));
    }
    peer.say(...pieces);
    await expectCutOff("too many messages have arrived in part");
  });

  const badArguments: [what: string, value: Buffer][] = [
    ["a map", encodeApart({ a: 1 })],
    ["nothing", Buffer.alloc(0)],
    ["two lists", Buffer.concat([encodeApart([]), encodeApart([])])],
    ["a set", Buffer.from("91d4730091c0", "hex")],
    ["a regular expression", Buffer.from("91d4780092a161a0", "hex")],
    ["an error", Buffer.from("91d4650093a161a162c0", "hex")],
    ["a record", Buffer.from("91d4724091a16105", "hex")],
    ["a prototype", Buffer.from("9181a95f5f70726f746f5f5f81a161c3", "hex")],
    ["a list of four billion", Buffer.from("ddffffffffc0", "hex")],
    ["a hundred levels", Buffer.concat([Buffer.alloc(100, 0x91), Buffer.of(0xc0)])],
  ];
  it.each(badArguments)(
    "RPC-CALL-6 RPC-HOSTILE-3 is told that its arguments cannot be read: %s",
    async (_what, value) => {
      const { peer, expectTolerated, executed } = await attacked(world());
      await peer.greet();
      peer.say(frame(frameKinds.request, 1, Buffer.concat([Buffer.from("0000010000000000", "hex"), value])));
      const { payload } = await peer.frame(frameKinds.failure, 1);
      expect(decodeFailure(payload, 0, payload.length)).toMatchObject({
        code: "invalid_argument",
        options: { reason: "PROTOCOL", notExecuted: true },
      });
      expect(executed()).toBe(0);
      await expectTolerated();
    },
  );

  it("RPC-CALL-1 RPC-CALL-2 is told that its metadata is none, and may set flags that nobody knows", async () => {
    const { peer, expectTolerated } = await attacked(world());
    await peer.greet();
    const request = (stream: number, flags: number, ...values: Buffer[]): void => {
      const head = Buffer.from("0000010000000000", "hex");
      head[3] = flags;
      peer.say(frame(frameKinds.request, stream, Buffer.concat([head, ...values])));
    };
    const wrong: unknown[] = [null, 5, [], { tenant: 5 }, { tenant: { deep: "x" } }, new Date(5), "text"];
    for (const [at, metadata] of wrong.entries()) {
      request(at + 1, 1, encodeApart(metadata), encodeApart(["x"]));
      const { payload } = await peer.frame(frameKinds.failure, at + 1);
      expect(decodeFailure(payload, 0, payload.length).code).toBe("invalid_argument");
    }
    request(100, 0xfc, encodeApart(["flags"]));
    expect((await peer.frame(frameKinds.response, 100)).payload).toEqual(encodeApart("flags"));
    await expectTolerated();
  });

  it("RPC-CALL-5 is told of methods that are not", async () => {
    const { peer, expectTolerated } = await attacked(world());
    await peer.greet();
    for (const method of [3, 500, 65_535]) {
      peer.request(method, method, []);
      const { payload } = await peer.frame(frameKinds.failure, method);
      expect(decodeFailure(payload, 0, payload.length)).toMatchObject({
        code: "unimplemented",
        options: { notExecuted: true },
      });
    }
    await expectTolerated();
  });

  it("RPC-CALL-7 has at most 65,536 calls and streams in flight", async () => {
    const { peer, expectTolerated, provider } = await attacked(world());
    await peer.greet();
    const head = Buffer.from("0001010000000000", "hex"); // `hold`, without a deadline
    const payload = Buffer.concat([head, encodeApart([])]);
    peer.say(...Array.from({ length: wireLimits.callsMax }, (_, at) => frame(frameKinds.request, at + 1, payload)));
    peer.request(wireLimits.callsMax + 1, 0, ["one too many"]);
    const refused = await peer.frame(frameKinds.failure, wireLimits.callsMax + 1);
    expect(decodeFailure(refused.payload, 0, refused.payload.length)).toMatchObject({
      code: "resource_exhausted",
      options: { notExecuted: true },
    });
    peer.say(frame(frameKinds.cancel, 77));
    await expectTolerated();
    await until(() => provider.server.connections === 1);
  });

  it("RPC-STREAM-5 is cut off that sends without credit, or a credit of another length", async () => {
    for (const attack of ["overrun", "credit"]) {
      const { peer, expectCutOff, streams } = await attacked(world());
      await peer.greet();
      peer.request(1, 2, [], { remainingMs: Number.POSITIVE_INFINITY });
      await until(() => streams.length === 1);
      if (attack === "credit") peer.say(frame(frameKinds.credit, 1, Buffer.alloc(3)));
      else
        for (let sent = 0; sent < 30; sent++) peer.say(frame(frameKinds.message, 1, encodeApart(Buffer.alloc(10_000))));
      await expectCutOff(attack === "credit" ? "four bytes" : "more than it has credit for");
    }
  });

  it("RPC-FRAME-5 is cut off that asks for an answer on a stream", async () => {
    const { peer, expectTolerated, streams } = await attacked(world());
    await peer.greet();
    peer.request(1, 2, []);
    await until(() => streams.length === 1);
    peer.say(frame(frameKinds.cancel, 1)); // gives the stream up
    await expectTolerated();
  });

  it("RPC-HOSTILE-1 moves nobody with any frames at all", async () => {
    const kinds = fc.oneof(fc.constantFrom(...Object.values(frameKinds)), fc.nat(255));
    const anyFrame = fc.tuple(kinds, fc.oneof(fc.nat(5), fc.nat(0xffff_ffff)), fc.uint8Array({ maxLength: 60 }));
    await fc.assert(
      fc.asyncProperty(fc.array(anyFrame, { minLength: 1, maxLength: 30 }), fc.boolean(), async (sent, greets) => {
        const { peer, provider } = await attacked(world());
        if (greets) await peer.greet();
        else peer.say(preface);
        for (const [kind, stream, payload] of sent) peer.say(frame(kind, stream, payload));
        await turns(5);
        peer.hangUp();
        await until(() => provider.server.connections === 1);
      }),
      { seed: 20_309, numRuns: 40 },
    );
  });
});

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
    await turns();
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

describe("a hostile provider", () => {
  const services: ServiceEntry[] = [
    {
      name: "target",
      version: "1",
      methods: [
        { id: 0, name: "echo", shape: "unary", idempotent: false, layout: "" },
        { id: 1, name: "open", shape: "stream", idempotent: false, layout: "" },
      ],
    },
  ];
  const welcome = frame(
    frameKinds.welcome,
    0,
    encodeWelcome({ version: 1, instance: "evil", services, messageBytesMax: 1_000_000 }),
  );

  /** A caller, and the provider's side of its connection as bare bytes. */
  async function dialled(answer: (wire: Wire, heard: Buffer) => void) {
    const world = new World("memory");
    const network = new MemoryNetwork();
    let dials = 0;
    const listener = await network.listen("memory://evil", (wire) => {
      dials++;
      wire.onData = (chunk) => answer(wire, chunk);
    });
    const channel = world.client({ transport: network }).channel("target");
    channel.update([{ id: "evil", address: "memory://evil" }]);
    return {
      channel,
      dials: () => dials,
      async close(): Promise<void> {
        channel.close();
        await listener.close();
        await world.close();
      },
    };
  }

  it.each([
    ["speaks HTTP", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
    [
      "welcomes in another version",
      Buffer.concat([preface, frame(frameKinds.welcome, 0, encodeApart({ version: 2 }))]),
    ],
    ["welcomes with nonsense", Buffer.concat([preface, frame(frameKinds.welcome, 0, encodeApart([1]))])],
    ["answers before it welcomes", Buffer.concat([preface, frame(frameKinds.response, 1, Buffer.of(0xc0))])],
    [
      "says goodbye",
      Buffer.concat([preface, frame(frameKinds.goodbye, 0, encodeFailure(new Failure("aborted", "x")))]),
    ],
    ["says goodbye with nonsense", Buffer.concat([preface, frame(frameKinds.goodbye, 0, Buffer.of(0xc1))])],
    ["greets as a caller", Buffer.concat([preface, hello])],
  ])("RPC-HELLO-4 RPC-HELLO-3 is not connected to when it %s", async (_what, bytes) => {
    const { channel, close } = await dialled((wire) => void wire.write(bytes));
    const error = await failureOf(channel.call("echo", [1], { wait: false }));
    expect(error).toMatchObject({ code: "unavailable", reason: "NO_INSTANCE", notExecuted: true });
    await close();
  });

  it.each([
    ["calls back", frame(frameKinds.request, 1, Buffer.alloc(20))],
    ["cancels", frame(frameKinds.cancel, 1)],
    ["welcomes again", welcome],
    ["confirms what nobody asked", frame(frameKinds.drained, 0, encodeApart(["target"]))],
    ["uses an unheard-of kind", frame(0x55, 0)],
    ["sends a table of nonsense", frame(frameKinds.table, 0, encodeApart([{ name: 5 }]))],
    ["drains nonsense", frame(frameKinds.drain, 0, encodeApart("target"))],
  ])("RPC-FRAME-5 RPC-3.5 loses its connection when it %s, and its calls end", async (_what, bytes) => {
    const { channel, close } = await dialled((wire, heard) => {
      if (heard.includes(hello.subarray(8, 20))) wire.write(Buffer.concat([preface, welcome]));
      else wire.write(bytes);
    });
    const error = await failureOf(channel.call("echo", [1]));
    expect(error).toMatchObject({ code: "unknown", reason: "CONNECTION_LOST" });
    await close();
  });

  it("RPC-CALL-6 RPC-CALL-8 RPC-FAILURE-7 loses no connection by answers that cannot be read, or that answer nothing", async () => {
    const answers = [Buffer.of(0xc1), Buffer.alloc(0), Buffer.from("d4730091c0", "hex"), Buffer.from("c0c0", "hex")];
    let answered = 0;
    const { channel, dials, close } = await dialled((wire, heard) => {
      if (heard.includes(hello.subarray(8, 20))) return void wire.write(Buffer.concat([preface, welcome]));
      const stream = heard.readUInt32BE(4);
      wire.write(frame(frameKinds.response, stream + 1000, Buffer.of(0xc0)));
      wire.write(frame(frameKinds.failure, stream + 1001, Buffer.of(0xc1)));
      wire.write(frame(frameKinds.message, stream + 1002, Buffer.of(0xc1)));
      const answer = answers[answered++];
      wire.write(
        answer ? frame(frameKinds.response, stream, answer) : frame(frameKinds.failure, stream, Buffer.of(0xc1)),
      );
      wire.write(frame(frameKinds.response, stream, Buffer.of(0xc0))); // a second answer
    });
    for (const _ of answers) {
      expect(await failureOf(channel.call("echo", [1]))).toMatchObject({ code: "internal", reason: "PROTOCOL" });
    }
    expect(await failureOf(channel.call("echo", [1]))).toMatchObject({ code: "unknown", notExecuted: false });
    expect(dials()).toBe(1);
    await close();
  });

  it("that drains or hangs up right behind its welcome is not taken for ready", async () => {
    const table = frame(frameKinds.table, 0, encodeTable(services));
    const drain = frame(frameKinds.drain, 0, encodeApart(["target"]));
    const goodbye = frame(frameKinds.goodbye, 0, encodeFailure(new Failure("unavailable", "gone")));
    const leaving = await dialled((wire) => void wire.write(Buffer.concat([preface, welcome, table, drain])));
    expect(await failureOf(leaving.channel.call("echo", [1], { wait: false }))).toMatchObject({
      reason: "NO_INSTANCE",
    });
    await leaving.close();
    const gone = await dialled((wire) => void wire.write(Buffer.concat([preface, welcome, goodbye])));
    expect(await failureOf(gone.channel.call("echo", [1], { wait: false }))).toMatchObject({ reason: "NO_INSTANCE" });
    await until(() => gone.dials() > 2); // it is dialled again
    await gone.close();
  });
});
