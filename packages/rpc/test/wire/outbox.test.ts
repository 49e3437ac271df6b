import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frameKinds, moreFlag, preface, wireLimits } from "../../src/wire/frame.js";
import { framesOf, patterned } from "../support/frames.js";
import { assembled, desk } from "../support/outbox-desk.js";

describe("Outbox", () => {
  it("gathers a tick's frames into one write", () => {
    const { target, turns, outbox, message } = desk();
    outbox.preface();
    message(1, Buffer.from("one"), Buffer.from("head:"));
    outbox.frame(frameKinds.ping, 0);
    message(2, patterned(500));
    expect(target.writes).toBe(0);
    turns.tick();
    expect(target.writes).toBe(1);
    expect(target.bytes.subarray(0, 8)).toEqual(Buffer.from(preface));
    expect(framesOf(target.bytes, true).map(({ stream, payload }) => [stream, payload.toString("latin1")])).toEqual([
      [1, "head:one"],
      [0, ""],
      [2, patterned(500).toString("latin1")],
    ]);
  });

  it("RPC-LARGE-1 cuts what is longer than a fragment, the head included", () => {
    const { target, turns, message } = desk();
    message(1, patterned(wireLimits.fragmentBytes));
    message(2, patterned(wireLimits.fragmentBytes, 2), Buffer.from("!"));
    message(3, patterned(2 * wireLimits.fragmentBytes, 3));
    turns.all();
    expect(target.frames.map(({ kind, stream, payload }) => [stream, kind, payload.length])).toEqual([
      [1, frameKinds.message, 16_384],
      [2, frameKinds.message | moreFlag, 16_384],
      [3, frameKinds.message | moreFlag, 16_384],
      [2, frameKinds.fragment, 1],
      [3, frameKinds.fragment, 16_384],
    ]);
    expect(assembled(target.frames).map(({ payload }) => payload.length)).toEqual([16_384, 16_385, 32_768]);
  });

  it("RPC-LARGE-2 lets a small message overtake a large one, and the large ones take turns", () => {
    const { target, turns, outbox, message } = desk();
    message(1, patterned(100_000));
    message(2, patterned(100_000));
    turns.tick();
    message(3, Buffer.from("small"));
    outbox.frame(frameKinds.cancel, 9);
    turns.all();
    const order = target.frames.map(({ stream }) => stream);
    expect(order.slice(0, 4)).toEqual([1, 2, 1, 2]);
    const alone = desk();
    alone.message(1, patterned(4_000_000));
    alone.turns.tick();
    alone.message(3, Buffer.from("small"));
    alone.turns.all();
    const position = alone.target.frames.findIndex(({ stream }) => stream === 3);
    expect(position).toBeGreaterThan(0);
    expect(position).toBeLessThan(alone.target.frames.length / 2);
  });

  it("RPC-LARGE-2 keeps the order of a stream, be its messages large or small", () => {
    const sizes = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(1, 50, 5000, 20_000, 70_000)), {
      maxLength: 25,
    });
    fc.assert(
      fc.property(sizes, fc.array(fc.boolean()), (sent, patience) => {
        const { target, turns, outbox, message } = desk();
        const payloads = sent.map(([stream, size], at) => ({ stream, payload: patterned(size, at) }));
        for (const [at, { stream, payload }] of payloads.entries()) {
          target.takes = patience[at] ?? true;
          message(stream, payload);
          if (at % 3 === 0) turns.tick();
        }
        while (outbox.waitingBytes > 0 || turns.waiting > 0) {
          target.drain();
          outbox.flush();
          turns.all();
        }
        const arrived = assembled(target.frames);
        for (const stream of [1, 2, 3, 4]) {
          const of = (list: readonly { stream: number; payload: Buffer }[]): string[] =>
            list.filter((each) => each.stream === stream).map(({ payload }) => payload.toString("latin1"));
          expect(of(arrived)).toEqual(of(payloads));
        }
      }),
      { seed: 20_306, numRuns: 60 },
    );
  });

  it("RPC-STREAM-6 sends an end behind the messages of its stream", () => {
    const { target, turns, outbox, message } = desk();
    message(1, patterned(40_000));
    outbox.inOrder(frameKinds.end, 1);
    outbox.inOrder(frameKinds.end, 2);
    turns.all();
    const kinds = target.frames.map(({ kind, stream }) => [stream, kind]);
    expect(kinds[0]).toEqual([2, frameKinds.end]);
    expect(kinds.at(-1)).toEqual([1, frameKinds.end]);
  });

  it("RPC-CANCEL-2 forgets what waits for a stream, and goes on with the others", () => {
    const { target, turns, outbox, message } = desk();
    message(1, patterned(40_000));
    message(1, Buffer.from("behind it"));
    message(2, patterned(40_000, 2));
    target.takes = false;
    turns.tick();
    outbox.forget(1);
    outbox.forget(3);
    target.drain();
    outbox.flush();
    turns.all();
    target.drain();
    outbox.flush();
    expect(outbox.waitingBytes).toBe(0);
    const ofSecond = target.frames.filter(({ stream }) => stream === 2);
    expect(assembled(ofSecond).map(({ payload }) => payload.length)).toEqual([40_000]);
    const ofFirst = target.frames.filter(({ stream }) => stream === 1);
    expect(ofFirst.every(({ kind }) => (kind & moreFlag) !== 0)).toBe(true);
  });

  it("RPC-DRAIN-3 sends a last word behind all messages that wait, and before those that come later", () => {
    const { target, turns, outbox, message } = desk();
    outbox.behindAll(frameKinds.drained, Buffer.from("at once"));
    message(1, patterned(40_000));
    message(2, patterned(80_000));
    message(2, Buffer.from("behind it"));
    outbox.behindAll(frameKinds.drained, Buffer.from("then"));
    message(1, Buffer.from("later"));
    message(3, Buffer.from("small"));
    turns.all();
    const arrived = assembled(target.frames).map(({ stream, payload }) => [stream, payload.length]);
    const lastWord = arrived.findIndex(([, length]) => length === 4);
    expect(arrived[0]).toEqual([0, 7]);
    expect(lastWord).toBeGreaterThan(arrived.findIndex(([, length]) => length === 80_000));
    expect(lastWord).toBeGreaterThan(arrived.findIndex(([stream, length]) => stream === 2 && length === 9));
    expect(lastWord).toBeGreaterThan(arrived.findIndex(([, length]) => length === 40_000));
  });

  it("RPC-DRAIN-3 lets the last word go when what it waited for is given up", () => {
    const { target, turns, outbox, message } = desk();
    target.takes = false;
    message(1, patterned(100_000));
    outbox.behindAll(frameKinds.drained, Buffer.from("then"));
    turns.tick();
    outbox.forget(1);
    turns.tick();
    target.drain();
    expect(target.frames.at(-1)?.payload.toString()).toBe("then");
  });

  it("says when everything has been handed on", () => {
    const { target, turns, outbox, message } = desk();
    let empty = 0;
    message(1, Buffer.from("small"));
    outbox.whenEmpty(() => empty++);
    expect(empty).toBe(1);
    target.takes = false;
    message(1, patterned(100_000));
    outbox.whenEmpty(() => empty++);
    turns.all();
    expect(empty).toBe(1);
    target.takes = true;
    target.drain();
    outbox.flush();
    turns.all();
    expect(empty).toBe(2);
    expect(assembled(target.frames)).toHaveLength(2);
  });
});
