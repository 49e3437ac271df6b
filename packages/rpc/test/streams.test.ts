import { SkylarkError } from "@skylark/core";
import type { MessageStream } from "@skylark/rpc";
import { expect, it } from "vitest";
import { wireLimits } from "../src/wire/frame.js";
import { patterned } from "./support/frames.js";
import { both, chunk, Ear, fill } from "./support/streams.js";
import { failureOf, turns, until } from "./support/until.js";
import { overEachNetwork, type Provider, serviceOf } from "./support/world.js";

overEachNetwork("streams", (world) => {
  it("RPC-4.5 RPC-STREAM-1 RPC-STREAM-2 carry messages both ways, in order, of any size", async () => {
    const { near, far } = await both(world());
    const sizes = [5, 20_000, 5, 500_000, 16_384, 16_380, 1, 100_000];
    for (const [at, size] of sizes.entries()) {
      near.stream.send({ at, bytes: patterned(size, at) });
      far.stream.send([at]);
    }
    await until(() => near.messages.length === sizes.length && far.messages.length === sizes.length);
    expect(near.messages).toEqual(sizes.map((_, at) => [at]));
    for (const [at, size] of sizes.entries()) {
      const { at: number, bytes } = far.messages[at] as { at: number; bytes: Buffer };
      expect(number).toBe(at);
      expect(bytes.equals(patterned(size, at))).toBe(true);
    }
  });

  it("carry every value, nothing included", async () => {
    const { near, far } = await both(world());
    const values = [undefined, null, "", 0, false, [], {}, new Date(5)];
    for (const value of values) near.stream.send(value);
    await until(() => far.messages.length === values.length);
    expect(far.messages).toEqual(values);
  });

  it("keep what comes before a listener is set, and its end, for that listener", async () => {
    const { near, far } = await both(world(), { near: true, far: false });
    near.stream.send("early");
    near.stream.send("also early");
    near.stream.close();
    await turns();
    expect(far.ends).toHaveLength(0);
    far.read();
    expect(await far.ended()).toBeUndefined();
    expect(far.messages).toEqual(["early", "also early"]);
  });

  it("RPC-4.3 RPC-STREAM-3 RPC-STREAM-4 stop a writer whose reader does not read, and let it go on when it does", async () => {
    const { near, far } = await both(world(), { near: true, far: false });
    const sent = fill(near.stream);
    expect(sent * 10_000).toBeGreaterThanOrEqual(wireLimits.streamWindowBytes - 10_000);
    expect(sent * 10_000).toBeLessThanOrEqual(wireLimits.streamWindowBytes + 10_010);
    expect(near.stream.send("taken, but it waits")).toBe(false);
    await turns();
    expect([near.stream.writable, near.writables]).toEqual([false, 0]);
    far.read();
    await until(() => near.stream.writable);
    expect(near.writables).toBe(1);
    await until(() => far.messages.length === sent + 1);
    expect(far.messages.at(-1)).toBe("taken, but it waits");
    for (let seed = 0; seed < sent; seed++) expect((far.messages[seed] as Buffer).equals(chunk(seed))).toBe(true);
  });

  it("RPC-4.3 pass any amount through, with a reader that keeps up", async () => {
    const { near, far } = await both(world());
    let sent = 0;
    const pump = (): void => {
      while (sent < 1000 && near.stream.writable) near.stream.send(chunk(sent++));
    };
    near.stream.onWritable = pump;
    pump();
    expect(sent).toBeLessThan(1000);
    await until(() => far.messages.length === 1000);
    expect(sent).toBe(1000);
  });

  it("RPC-STREAM-3 let one message be longer than the credit", async () => {
    const { near, far } = await both(world());
    expect(near.stream.send(Buffer.alloc(3_000_000))).toBe(false);
    near.stream.send("behind it");
    await until(() => far.messages.length === 2);
    await until(() => near.stream.writable);
  });

  it("RPC-4.3 let no stream wait for another one's reader", async () => {
    const ears: Ear[] = [];
    const open = (stream: MessageStream): void => void ears.push(new Ear(stream, ears.length > 0));
    const channel = world().channel("talk", [await world().provide([serviceOf("talk", {}, { streams: { open } })])]);
    const [stuck, free] = [await channel.openStream("open"), await channel.openStream("open")];
    fill(stuck);
    for (let at = 0; at < 100; at++) free.send(at);
    await until(() => ears[1]?.messages.length === 100);
    expect(stuck.writable).toBe(false);
  });

  it("take no more than a limit for a reader that does not read", async () => {
    const { near } = await both(world(), { near: true, far: false });
    const large = Buffer.alloc(4_000_000);
    let taken = 0;
    const overfill = (): void => {
      for (; taken < 100; taken++) near.stream.send(large);
    };
    expect(overfill).toThrow(expect.objectContaining({ code: "resource_exhausted" }));
    expect(taken * large.length).toBeLessThanOrEqual(wireLimits.outboxBytesMax + large.length);
  });

  it("refuse to send what cannot be sent, and live on", async () => {
    const provider = await world().provide(
      [serviceOf("talk", {}, { streams: { open: (stream) => void new Ear(stream) } })],
      { messageBytesMax: 50_000 },
    );
    const stream = await world().channel("talk", [provider]).openStream("open");
    expect(() => stream.send(Symbol("s"))).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    expect(() => stream.send(Buffer.alloc(50_000))).toThrow(
      expect.objectContaining({ code: "resource_exhausted", reason: "MESSAGE_TOO_LARGE" }),
    );
    expect(stream.send(Buffer.alloc(49_000))).toBe(true);
  });

  it("RPC-STREAM-1 are refused where there is none, and where the other side cannot open one", async () => {
    const failing = serviceOf(
      "talk",
      { unary: async () => 1 },
      {
        streams: {
          open: () => {
            throw new SkylarkError("permission_denied", "not you");
          },
        },
      },
    );
    const provider: Provider = await world().provide([failing]);
    const channel = world().channel("talk", [provider]);
    for (const method of ["unary", "nonsense"]) {
      expect(await failureOf(channel.openStream(method))).toMatchObject({ code: "unimplemented" });
    }
    expect(await failureOf(channel.call("open", []))).toMatchObject({ code: "unimplemented" });
    const refused = new Ear(await channel.openStream("open"));
    expect(await refused.ended()).toMatchObject({ code: "permission_denied", message: "not you" });
    expect(await channel.call("unary", [])).toBe(1);
    expect(await failureOf(world().channel("talk", []).openStream("open", 10))).toMatchObject({
      reason: "NO_INSTANCE",
    });
  });

  it("know who opened them, and leave nothing behind when there were many", async () => {
    const callers: string[] = [];
    const open = (stream: MessageStream, { name }: { name: string }): void => {
      callers.push(name);
      new Ear(stream).stream.send("hello");
    };
    const provider = await world().provide([serviceOf("talk", {}, { streams: { open } })]);
    const channel = world().channel("talk", [provider], { identity: { name: "portal", proof: "none" } });
    for (let round = 0; round < 50; round++) {
      const ears = await Promise.all([1, 2, 3].map(async () => new Ear(await channel.openStream("open"))));
      await until(() => ears.every(({ messages }) => messages.length === 1));
      for (const { stream } of ears) stream.close();
    }
    expect(callers).toHaveLength(150);
    expect(new Set(callers)).toEqual(new Set(["portal"]));
    expect(await provider.server.drain(["talk"])).toMatchObject({ told: 1, abandoned: 0 });
  });
});
