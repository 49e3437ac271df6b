import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeApart } from "../../src/wire/codec.js";
import { decodeFailure } from "../../src/wire/failure.js";
import { frameKinds, moreFlag, preface, wireLimits } from "../../src/wire/frame.js";
import { attacked } from "../support/attack.js";
import { frame } from "../support/frames.js";
import { turns, until } from "../support/until.js";
import { overEachNetwork } from "../support/world.js";

overEachNetwork("a hostile caller, in what its frames hold,", (world) => {
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
    request(100, 0xf0, encodeApart(["flags"]));
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
