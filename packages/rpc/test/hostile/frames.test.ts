import { expect, it } from "vitest";
import { encodeApart } from "../../src/wire/codec.js";
import { decodeFailure, encodeFailure, Failure } from "../../src/wire/failure.js";
import { frameKinds, moreFlag, preface } from "../../src/wire/frame.js";
import { encodeHello } from "../../src/wire/handshake.js";
import { attacked, hello, helloFields } from "../support/attack.js";
import { frame } from "../support/frames.js";
import { until } from "../support/until.js";
import { overEachNetwork } from "../support/world.js";

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
});
