import { SkylarkError } from "@skylark/core";
import { deferred } from "@skylark/core/internal";
import { call } from "@skylark/rpc";
import { expect, it } from "vitest";
import { frameKinds } from "../src/wire/frame.js";
import { requestFlags } from "../src/wire/request.js";
import type { Frame } from "./support/frames.js";
import { RawPeer } from "./support/raw-peer.js";
import { failureOf, until } from "./support/until.js";
import { overEachNetwork, type Provider, serviceOf, type World } from "./support/world.js";

/** No standstill of the machine is as long: deadlines pass where a test wants them to. */
const calm = { timeoutMs: 120_000 };
const oneWay = { flags: requestFlags.oneWay };

/** Writes down what reaches it, and holds what it is told to. */
function noting() {
  const gate = deferred();
  const seen = { notes: [] as unknown[], begun: 0, remainingMs: 0, ended: 0, aborted: [] as unknown[] };
  return {
    gate,
    seen,
    functions: {
      async note(what: unknown): Promise<string> {
        seen.notes.push(what);
        return "nobody reads this";
      },
      async hold(): Promise<void> {
        seen.begun++;
        const { signal, remainingMs } = call();
        seen.remainingMs = remainingMs;
        signal.addEventListener("abort", () => seen.aborted.push(signal.reason));
        await gate.promise;
        seen.ended++;
      },
      async fail(): Promise<void> {
        throw new SkylarkError("not_found", "no such ledger");
      },
      async *follow(): AsyncGenerator<number> {
        yield 1;
      },
    },
  };
}

function countsOf({ server }: Provider, method: string): object {
  const found = server.figures.flatMap(({ methods }) => methods).find(({ name }) => name === method);
  return { started: found?.started, succeeded: found?.succeeded, failures: found?.failures };
}

overEachNetwork("a one-way call", (world) => {
  it("RPC-4.2 RPC-CALL-10 ends when it was sent, while its handler still runs", async () => {
    const { functions, seen, gate } = noting();
    const { calls, channel, provider } = await world().pair(functions, calm);
    expect(await calls.hold.oneWay()).toBeUndefined();
    expect(seen.ended).toBe(0);
    await until(() => seen.begun === 1);
    expect(channel.links[0]?.inFlight).toBe(0);
    gate.resolve();
    await until(() => seen.ended === 1);
    await expect.poll(() => countsOf(provider, "hold")).toEqual({ started: 1, succeeded: 1, failures: {} });
  });

  it("RPC-4.2 brings its arguments, whatever their size; awaited, one arrives behind the other", async () => {
    const { functions, seen } = noting();
    const { calls } = await world().pair(functions, calm);
    const large = Buffer.alloc(300_000, 7);
    for (let number = 0; number < 50; number++) await calls.note.oneWay(number);
    await calls.note.oneWay(large);
    await until(() => seen.notes.length === 51);
    expect(seen.notes.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, number) => number));
    expect(large.equals(seen.notes[50] as Buffer)).toBe(true);
  });

  it("RPC-CALL-11 is never answered: neither a result, nor a failure, nor a refusal", async () => {
    const { functions, seen } = noting();
    const { provider } = await world().pair(functions, calm);
    const peer = await RawPeer.dial(world(), provider);
    await peer.greet();
    for (const method of [0, 2, 3, 99]) peer.request(7, method, ["same id: nothing waits on it"], oneWay);
    peer.say(Buffer.from("0000080800000008000001040000138 8".replaceAll(" ", ""), "hex")); // arguments that are none
    peer.request(9, 0, ["asked"]);
    await peer.frame(frameKinds.response, 9);
    const isAnswer = ({ kind }: Frame): boolean => kind === frameKinds.response || kind === frameKinds.failure;
    const answered = (): number[] => peer.frames.filter(isAnswer).map(({ stream }) => stream);
    expect(answered()).toEqual([9]);
    await until(() => world().saying("warn", "one-way").length === 4);
    expect(answered()).toEqual([9]);
    expect(seen.notes).toEqual(["same id: nothing waits on it", "asked"]);
    peer.hangUp();
  });

  it("RPC-4.2 that fails shows in the figures and in the log of the provider, and nowhere else", async () => {
    const { functions } = noting();
    const { calls, provider } = await world().pair(functions, calm);
    await calls.fail.oneWay();
    await until(() => world().saying("warn", "one-way call of service.fail failed: no such ledger").length === 1);
    expect(countsOf(provider, "fail")).toEqual({ started: 1, succeeded: 0, failures: { not_found: 1 } });
  });

  it("RPC-4.2 fails where it could not be sent: no instance, no such method, a stream, arguments without a form", async () => {
    const { functions, seen } = noting();
    const { calls, channel } = await world().pair(functions, calm);
    const nobody = world().channel("service", []);
    expect(await failureOf(nobody.oneWay("note", [1], { wait: false }))).toMatchObject({ reason: "NO_INSTANCE" });
    expect(await failureOf(channel.oneWay("missing", []))).toMatchObject({ code: "unimplemented", notExecuted: true });
    expect(await failureOf(channel.oneWay("follow", []))).toMatchObject({ reason: "WRONG_SHAPE", notExecuted: true });
    expect(await failureOf(calls.note.oneWay(() => {}))).toMatchObject({ code: "invalid_argument" });
    expect(await failureOf(calls.with({ signal: AbortSignal.abort() }).note.oneWay(1))).toMatchObject({
      code: "cancelled",
    });
    expect(seen.notes).toEqual([]);
  });

  it("RPC-CALL-11 goes on when its connection ends, and until its deadline", async () => {
    const { functions, seen, gate } = noting();
    const { provider } = await world().pair(functions, calm);
    const peer = await RawPeer.dial(world(), provider);
    await peer.greet();
    peer.request(1, 1, [], { ...oneWay, remainingMs: 60_000 });
    await until(() => seen.begun === 1);
    expect(seen.remainingMs).toBeLessThanOrEqual(60_000);
    peer.hangUp();
    await until(() => provider.server.connections === 0);
    expect(seen.aborted).toEqual([]);
    gate.resolve();
    await until(() => seen.ended === 1);

    const late = await RawPeer.dial(world(), provider);
    await late.greet();
    const { functions: others, seen: theirs } = noting();
    provider.server.offer(serviceOf("others", others));
    late.request(1, 5, [], { ...oneWay, remainingMs: 1 });
    await until(() => theirs.aborted.length === 1);
    expect(theirs.aborted).toMatchObject([{ code: "deadline_exceeded" }]);
    late.hangUp();
  });

  it("RPC-4.2 is waited for by a drain, and counted in its receipt", async () => {
    const { functions, seen, gate } = noting();
    const { calls, provider } = await world().pair(functions, calm);
    await calls.hold.oneWay();
    await until(() => seen.begun === 1);
    const draining = provider.server.drain(["service"]);
    gate.resolve();
    expect(await draining).toMatchObject({ finished: 1, abandoned: 0, refused: 0 });
  });
});

overEachNetwork("a one-way call with much to say", (world) => {
  it("RPC-4.2 RPC-CALL-10 ends when all of it is with the transport, and not before", async () => {
    const { functions, seen } = noting();
    const { calls } = await world().pair(functions, calm);
    await calls.note("first");
    const written = bytesWritten(world());
    const large = Buffer.alloc(4_000_000);
    await calls.note.oneWay(large);
    expect(written()).toBeGreaterThan(large.length);
    await until(() => seen.notes.length === 2);
  });

  it("RPC-4.2 takes back what has not left when it is given up", async () => {
    const { functions, seen } = noting();
    const { calls, channel } = await world().pair(functions, calm);
    await calls.note("first");
    const written = bytesWritten(world());
    const given = new AbortController();
    const large = Buffer.alloc(4_000_000);
    const sending = Promise.allSettled(
      Array.from({ length: 8 }, () => calls.with({ signal: given.signal }).note.oneWay(large)),
    );
    given.abort(new Error("never mind"));
    for (const outcome of await sending) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "cancelled" } });
    }
    expect(channel.links[0]?.inFlight).toBe(0);
    expect(await calls.note("last")).toBe("nobody reads this");
    expect(seen.notes).toEqual(["first", "last"]);
    expect(written()).toBeLessThan(large.length);
  });
});

/** Counts what the callers of this world hand to their transport from now on. */
function bytesWritten(world: World): () => number {
  let bytes = 0;
  for (const wire of world.tap.open()) {
    const write = wire.write.bind(wire);
    wire.write = (chunk) => {
      bytes += chunk.length;
      return write(chunk);
    };
  }
  return () => bytes;
}
