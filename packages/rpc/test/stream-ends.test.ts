import { SkylarkError } from "@skylark/core";
import { expect, it } from "vitest";
import { patterned } from "./support/frames.js";
import { both, fill } from "./support/streams.js";
import { turns, until } from "./support/until.js";
import { becomesUnreadable } from "./support/wiretap.js";
import { overEachNetwork } from "./support/world.js";

overEachNetwork("the ends of streams", (world) => {
  it("RPC-STREAM-6 end in order, behind all that was sent, also behind what waits for credit", async () => {
    const { near, far } = await both(world(), { near: true, far: false });
    const sent = fill(near.stream);
    near.stream.send("the last word");
    near.stream.close();
    expect(near.stream.send("after the end")).toBe(false);
    expect(near.stream.writable).toBe(false);
    far.stream.send("nobody listens");
    await turns();
    far.read();
    expect(await far.ended()).toBeUndefined();
    expect(far.messages).toHaveLength(sent + 1);
    expect(far.messages.at(-1)).toBe("the last word");
    expect([near.messages, near.ends]).toEqual([[], []]);
  });

  it("RPC-4.4 RPC-STREAM-7 end with an error that the other side sees, and drop what waited", async () => {
    const { near, far } = await both(world());
    near.stream.send("before");
    await until(() => far.messages.length === 1);
    near.stream.reset(new SkylarkError("aborted", "not any more", { reason: "SESSION_EXPIRED", details: [1] }));
    const error = await far.ended();
    expect(error).toMatchObject({ code: "aborted", message: "not any more", reason: "SESSION_EXPIRED", details: [1] });
    expect(near.ends).toHaveLength(0);
    expect([near.stream.send(1), far.stream.send(1)]).toEqual([false, false]);
    near.stream.close();
    near.stream.reset(new SkylarkError("internal", "too late"));
    far.stream.close();
  });

  it("RPC-STREAM-7 drop what waited in pieces, and leave the connection fit for use", async () => {
    const { near, far, channel } = await both(world());
    near.stream.send(patterned(4_000_000));
    await turns(1);
    near.stream.reset(new SkylarkError("aborted", "never mind"));
    expect(await far.ended()).toMatchObject({ code: "aborted" });
    expect(far.messages).toHaveLength(0);
    const again = await channel.openStream("open");
    again.send("fine");
    again.close();
    await turns();
    expect(world().tap.dials).toBe(1);
  });

  it("RPC-STREAM-9 pass over what comes for a stream that was closed here", async () => {
    const { near, far } = await both(world());
    far.stream.send(patterned(3_000_000));
    await turns(1);
    near.stream.close();
    for (let at = 0; at < 20; at++) far.stream.send(patterned(100_000));
    expect(await far.ended()).toBeUndefined();
    expect(near.messages).toHaveLength(0);
    expect(world().tap.dials).toBe(1);
  });

  it("RPC-STREAM-10 end on both sides when the connection is lost", async () => {
    const { near, far } = await both(world());
    near.stream.send("before");
    await until(() => far.messages.length === 1);
    world().tap.cut();
    for (const ear of [near, far]) {
      expect(await ear.ended()).toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST" });
    }
  });

  it("RPC-STREAM-10 tell of a lost connection behind the messages that came before it", async () => {
    const { near, far } = await both(world(), { near: true, far: false });
    near.stream.send("before");
    await until(() => far.messages.length === 0 && world().tap.open().length === 1);
    await turns();
    world().tap.cut();
    await until(() => near.ends.length === 1);
    await turns();
    far.read();
    expect(await far.ended()).toMatchObject({ reason: "CONNECTION_LOST" });
    expect(far.messages).toEqual(["before"]);
  });

  it("RPC-DRAIN-5 RPC-4.4 end unavailable on both sides when their service drains", async () => {
    const { near, far, provider } = await both(world());
    expect(await provider.server.drain(["talk"])).toMatchObject({
      told: 1,
      acknowledged: 1,
      finished: 0,
      abandoned: 0,
    });
    for (const ear of [near, far]) expect(await ear.ended()).toMatchObject({ code: "unavailable", reason: "DRAINING" });
  });

  it("end with the error of a listener that throws, on both sides, and nothing else does", async () => {
    const { near, far, channel } = await both(world());
    far.stream.onMessage = () => {
      throw new Error("cannot bear it");
    };
    near.stream.send(1);
    near.stream.send(2);
    for (const ear of [near, far]) expect(await ear.ended()).toMatchObject({ message: "cannot bear it" });
    expect(world().saying("error", "cannot bear it")).toHaveLength(1);
    near.stream.onEnd = () => {};
    expect(channel.links[0]?.status).toBe("ready");
    expect(world().tap.dials).toBe(1);
  });

  it("are not harmed by listeners of their end, or of credit, that throw", async () => {
    const { near, far } = await both(world(), { near: true, far: false });
    near.stream.onWritable = () => {
      throw new Error("no credit, please");
    };
    far.stream.onEnd = () => {
      throw new Error("it cannot end");
    };
    const sent = fill(near.stream);
    far.read();
    await until(() => far.messages.length === sent && near.stream.writable);
    near.stream.close();
    await until(() => world().saying("error", "it cannot end").length === 1);
    expect(world().saying("error", "no credit, please")).toHaveLength(1);
    expect(world().tap.dials).toBe(1);
  });

  it("can be ended by their listener while earlier messages are handed to it", async () => {
    const { near, far } = await both(world(), { near: true, far: false });
    for (let at = 0; at < 5; at++) near.stream.send(at);
    await turns();
    const heard: unknown[] = [];
    far.stream.onMessage = (message) => {
      heard.push(message);
      if (message === 2) far.stream.close();
    };
    expect(await near.ended()).toBeUndefined();
    expect(heard).toEqual([0, 1, 2]);
    expect(far.ends).toHaveLength(0);
  });

  it("end with the error of a listener that throws at an early message, also after their end", async () => {
    const { near, far } = await both(world(), { near: true, far: false });
    near.stream.send("early");
    near.stream.close();
    await turns();
    far.stream.onMessage = () => {
      throw new Error("cannot bear it");
    };
    expect(await far.ended()).toMatchObject({ message: "cannot bear it" });
  });

  it("RPC-STREAM-8 end, and not their connection, where a message cannot be read", async () => {
    const { near, far } = await both(world());
    near.stream.send("fine");
    near.stream.send({ [becomesUnreadable]: 1 });
    for (const ear of [near, far]) expect(await ear.ended()).toMatchObject({ reason: "PROTOCOL" });
    expect(far.messages).toEqual(["fine"]);
    expect(world().tap.dials).toBe(1);
  });
});
