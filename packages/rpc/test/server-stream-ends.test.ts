import { deferred } from "@skylark/core/internal";
import { detached } from "@skylark/rpc";
import { typedClient } from "@skylark/rpc/internal";
import { expect, it } from "vitest";
import { frameKinds } from "../src/wire/frame.js";
import { RawPeer } from "./support/raw-peer.js";
import { all, counting } from "./support/server-streams.js";
import { failureOf, turns, until } from "./support/until.js";
import { overEachNetwork, serviceOf, World } from "./support/world.js";

overEachNetwork("the ends of server streams", (world) => {
  it("RPC-5.7 RPC-SERVER-STREAM-5 come when the loop is left: the signal aborts, finally runs, nothing more is sent", async () => {
    const { seen, functions } = counting();
    const { calls, channel } = await world().pair(functions);
    const read: number[] = [];
    for await (const number of calls.count()) if (read.push(number) === 10) break;
    await until(() => seen.left === 1);
    expect(seen.aborted).toMatchObject([{ code: "cancelled" }]);
    expect(channel.links[0]?.inFlight).toBe(0);
    const { sent } = seen;
    await turns();
    expect(seen.sent).toBe(sent);
    expect(read).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("RPC-5.7 come by return(), also while a message is waited for", async () => {
    const { seen, functions } = counting();
    const { calls } = await world().pair(functions);
    const stream = calls.quiet();
    expect(await stream.next()).toEqual({ value: 1, done: false });
    const waiting = stream.next();
    expect(await stream.return()).toEqual({ value: undefined, done: true });
    expect(await waiting).toEqual({ value: undefined, done: true });
    await until(() => seen.left === 1);
    await using disposed = calls.quiet();
    expect(await disposed.next()).toEqual({ value: 1, done: false });
  });

  it("RPC-5.7 come by return() while they are being opened", async () => {
    const channel = world().channel("service", []);
    const stream = channel.stream("count", []);
    const waiting = stream.next();
    await stream.return();
    expect(await waiting).toEqual({ value: undefined, done: true });
  });

  it("RPC-5.7 come when their signal aborts: before, while they wait, and between two messages", async () => {
    const { seen, functions } = counting();
    const { calls } = await world().pair(functions);
    const gone = new Error("the user has gone");
    const before = await failureOf(all(calls.with({ signal: AbortSignal.abort(gone) }).count()));
    expect(before).toMatchObject({ code: "cancelled", notExecuted: true, cause: gone });
    expect(seen.opened).toBe(0);

    const waits = new AbortController();
    const waiting = calls.with({ signal: waits.signal }).quiet();
    await waiting.next();
    const failing = failureOf(waiting.next());
    waits.abort(gone);
    expect(await failing).toMatchObject({ code: "cancelled", cause: gone });
    expect(await waiting.next()).toEqual({ value: undefined, done: true });

    const pauses = new AbortController();
    const paused = calls.with({ signal: pauses.signal }).count();
    await paused.next();
    await turns();
    pauses.abort(gone); // messages wait here: nobody wants them now
    expect(await failureOf(paused.next())).toMatchObject({ code: "cancelled", cause: gone });
    await until(() => seen.left === 2);
    expect(seen.aborted).toMatchObject([{ code: "cancelled" }, { code: "cancelled" }]);
  });

  it("RPC-5.5 RPC-5.7 come when the call is given up in which they are read", async () => {
    const { seen, functions } = counting();
    const back = await world().provide([serviceOf("back", functions)]);
    const toBack = typedClient<typeof functions>(world().channel("back", [back]));
    const outer = {
      async read(): Promise<unknown> {
        return await all(toBack.quiet());
      },
      async leak(): Promise<void> {
        void detached(() => all(toBack.quiet()).catch(() => {}));
      },
    };
    const { calls } = await world().pair(outer);
    const giveUp = new AbortController();
    const failing = failureOf(calls.with({ signal: giveUp.signal }).read());
    await until(() => seen.running() === 1);
    giveUp.abort();
    expect(await failing).toMatchObject({ code: "cancelled" });
    await until(() => seen.left === 1);
    await calls.leak();
    await until(() => seen.running() === 1);
    await turns();
    expect(seen.running(), "work detached on purpose reads on").toBe(1);
  });

  it("RPC-SERVER-STREAM-5 leave a handler that does not listen, once it comes to its next message", async () => {
    const gate = deferred();
    let left = 0;
    const { calls, provider } = await world().pair({
      async *deaf(): AsyncGenerator<number> {
        try {
          yield 1;
          await gate.promise;
          yield 2;
        } finally {
          left++;
        }
      },
    });
    const stream = calls.deaf();
    await stream.next();
    await stream.return();
    expect(await provider.server.drain(["service"])).toMatchObject({ abandoned: 0 }); // nobody waits for it
    expect(left).toBe(0);
    gate.resolve();
    await until(() => left === 1);
  });

  it("are told in the log where leaving them fails", async () => {
    const { calls } = await world().pair({
      async *stubborn(): AsyncGenerator<Buffer> {
        try {
          yield Buffer.alloc(300_000); // more than the credit: here it is left
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- that is what must not go unseen
          throw new Error("cannot clean up");
        }
      },
    });
    for await (const _ of calls.stubborn()) break;
    await until(() => world().saying("error", "leaving service.stubborn failed").length > 0);
    expect(world().saying("error", "cannot clean up")).toHaveLength(1);
  });

  it("RPC-SERVER-STREAM-7 RPC-STREAM-10 come on both sides when the connection is lost, behind what has arrived", async () => {
    const { seen, functions } = counting();
    const { calls } = await world().pair(functions);
    const stream = calls.quiet(3);
    expect(await stream.next()).toEqual({ value: 1, done: false });
    await turns();
    world().tap.cut();
    await until(() => seen.left === 1);
    expect(seen.aborted).toMatchObject([{ code: "unavailable", reason: "CONNECTION_LOST" }]);
    expect([await stream.next(), await stream.next()].map(({ value }) => value)).toEqual([2, 3]);
    const error = await failureOf(stream.next());
    expect(error).toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST", notExecuted: false });
    expect((error as Error).message).toContain("service.quiet was cut off");
  });

  it("RPC-4.4 RPC-SERVER-STREAM-8 RPC-DRAIN-5 come when the instance leaves, and the reader may go elsewhere", async () => {
    const one = counting();
    const other = counting();
    const leaving = await world().provide([serviceOf("service", one.functions)]);
    const channel = world().channel("service", [leaving]);
    const stream = channel.stream("quiet", []);
    await stream.next();
    const failing = failureOf(stream.next());
    const staying = await world().provide([serviceOf("service", other.functions)]);
    channel.update([leaving, staying].map(({ endpoint }) => endpoint));
    expect(await leaving.server.drain(["service"])).toMatchObject({ told: 1, acknowledged: 1, abandoned: 0 });
    expect(await failing).toMatchObject({ code: "unavailable", reason: "DRAINING", notExecuted: false });
    expect(one.seen.aborted).toMatchObject([{ code: "unavailable", reason: "DRAINING" }]);
    expect(one.seen.left).toBe(1);
    expect(await channel.stream("quiet", []).next()).toEqual({ value: 1, done: false });
    expect(other.seen.opened).toBe(1);
  });

  it("come when the provider closes without a drain, and when the client does", async () => {
    const { seen, functions } = counting();
    const { calls, provider } = await world().pair(functions);
    const stream = calls.quiet();
    await stream.next();
    const failing = failureOf(stream.next());
    await provider.server.close();
    expect(await failing).toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST" });
    await until(() => seen.left === 1);

    const again = counting();
    const client = world().client();
    const channel = client.channel("service");
    channel.update([(await world().provide([serviceOf("service", again.functions)])).endpoint]);
    const left = channel.stream("quiet", []);
    await left.next();
    const ending = failureOf(left.next());
    client.close();
    expect(await ending).toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST" });
    await until(() => again.seen.left === 1);
  });
});

it("RPC-SERVER-STREAM-2 RPC-SERVER-STREAM-5 are, on the wire, a credit of nothing, messages, and nothing behind a cancel", async () => {
  const world = new World("memory");
  const { seen, functions } = counting();
  const provider = await world.provide([serviceOf("target", functions)]);
  const peer = await RawPeer.dial(world, provider);
  await peer.greet();
  peer.request(1, 0, [2], { remainingMs: Number.POSITIVE_INFINITY });
  await peer.frame(frameKinds.end, 1);
  const frames = peer.frames.filter(({ stream }) => stream === 1);
  expect(frames.map(({ kind, payload }) => [kind, payload.toString("hex")])).toEqual([
    [frameKinds.credit, "00000000"],
    [frameKinds.message, "01"],
    [frameKinds.message, "02"],
    [frameKinds.end, ""],
  ]);
  peer.request(2, 1, [], { remainingMs: Number.POSITIVE_INFINITY });
  await peer.frame(frameKinds.message, 2);
  peer.say(Buffer.from([0, 0, 0, frameKinds.cancel, 0, 0, 0, 2]));
  await until(() => seen.left === 2);
  await turns();
  expect(peer.frames.filter(({ stream }) => stream === 2).map(({ kind }) => kind)).toEqual([
    frameKinds.credit,
    frameKinds.message,
  ]);
  peer.hangUp();
  await world.close();
});
