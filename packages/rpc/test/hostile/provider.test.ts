import { MemoryNetwork, type Wire } from "@skylark/rpc/internal";
import { describe, expect, it } from "vitest";
import { encodeApart } from "../../src/wire/codec.js";
import { encodeFailure, Failure } from "../../src/wire/failure.js";
import { frameKinds, preface } from "../../src/wire/frame.js";
import { encodeTable, encodeWelcome, type ServiceEntry } from "../../src/wire/handshake.js";
import { hello } from "../support/attack.js";
import { frame } from "../support/frames.js";
import { failureOf, until } from "../support/until.js";
import { World } from "../support/world.js";

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
