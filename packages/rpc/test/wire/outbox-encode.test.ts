import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeValue } from "../../src/wire/codec.js";
import { frameKinds } from "../../src/wire/frame.js";
import { Slab } from "../../src/wire/slab.js";
import { assembled, desk } from "../support/outbox-desk.js";

type Desk = ReturnType<typeof desk>;

function send({ outbox }: Desk, stream: number, value: unknown, head?: Buffer): void {
  const encoded = outbox.encode(value, "message", head?.length ?? 0);
  outbox.message(frameKinds.message, stream, head, encoded);
}

/** What arrived, behind heads of `headBytes`. */
function arrived({ target, turns }: Desk, headBytes = 0): unknown[] {
  turns.all();
  return assembled(target.frames).map(({ payload }) => decodeValue(payload, headBytes, payload.length));
}

describe("Outbox: values encoded where they will stand", () => {
  it("copies nothing of a value that fits in a fragment", () => {
    const at = desk();
    send(at, 1, "first");
    const { bytes, start } = at.outbox.encode({ second: 2 }, "message", 3);
    expect(bytes).toBe(at.slab.buffer);
    expect(start).toBe(at.slab.used + 8 + 3);
    send(at, 1, { second: 2 }, Buffer.from("abc"));
    at.turns.all();
    expect(at.target.writes).toBe(1);
    expect(at.target.frames.map(({ payload }) => payload.toString("latin1"))).toEqual([
      "\xa5first",
      "abc\x81\xa6second\x02",
    ]);
  });

  it("sends values of every size and in every state of the memory as they were", () => {
    const steps = fc.array(
      fc.record({
        at: fc.nat(1),
        stream: fc.integer({ min: 1, max: 2 }),
        size: fc.constantFrom(1, 40, 3000, 8000, 16_370, 16_384, 40_000),
        head: fc.constantFrom(0, 8, 200),
        takes: fc.boolean(),
        tick: fc.boolean(),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(steps, fc.constantFrom(500, 20_000, 262_144), (script, slabBytes) => {
        const slab = new Slab(Math.max(slabBytes, 20_000));
        const desks = [desk(slab), desk(slab)] as const;
        const sent = desks.map(() => new Map<number, string[]>());
        for (const [number, { at, stream, size, head, takes, tick }] of script.entries()) {
          const one = desks[at] as Desk;
          one.target.takes = takes;
          const value = { number, text: String.fromCharCode(97 + (number % 26)).repeat(size) };
          send(one, stream, value, head === 0 ? undefined : Buffer.alloc(head, 0xc0));
          const of = sent[at]?.get(stream) ?? [];
          sent[at]?.set(stream, [...of, `${head}${JSON.stringify(value)}`]);
          if (tick) one.turns.tick();
        }
        for (const [at, one] of desks.entries()) {
          one.turns.all();
          while (one.outbox.waitingBytes > 0) {
            one.target.drain();
            one.outbox.flush();
            one.turns.all();
          }
          const got = new Map<number, string[]>();
          for (const { stream, payload } of assembled(one.target.frames)) {
            const head = payload.lastIndexOf(0xc0) + 1;
            const text = `${head}${JSON.stringify(decodeValue(payload, head, payload.length))}`;
            got.set(stream, [...(got.get(stream) ?? []), text]);
          }
          expect(got).toEqual(sent[at]);
        }
        expect(slab.holders).toBe(0);
      }),
      { seed: 20_321, numRuns: 60 },
    );
  });

  it("leaves nothing behind of a value that fails in the middle", () => {
    const at = desk();
    send(at, 1, "before");
    expect(() => send(at, 1, ["written already", () => 1])).toThrow("message[1] is a function");
    expect(() => send(at, 1, ["x".repeat(50_000), () => 1])).toThrow("message[1] is a function");
    send(at, 1, "behind");
    expect(arrived(at)).toEqual(["before", "behind"]);
  });

  it("is not confused by a getter that sends, here and elsewhere, while its object is encoded", () => {
    const slab = new Slab(40_000);
    const [here, elsewhere] = [desk(slab), desk(slab)];
    const nosy = (size: number) => ({
      before: "b".repeat(size),
      get inner(): string {
        send(here, 2, { nested: "n".repeat(size) });
        here.outbox.frame(frameKinds.cancel, 7);
        send(elsewhere, 1, ["elsewhere", { toJSON: () => send(here, 3, "deepest") ?? "json" }]);
        elsewhere.turns.all();
        return "inner";
      },
      after: "a".repeat(size),
    });
    for (const size of [3, 5000, 30_000]) {
      send(here, 1, "first");
      send(here, 1, nosy(size));
      send(here, 1, "last");
      here.turns.all();
      const messages = assembled(here.target.frames.filter(({ kind }) => kind !== frameKinds.cancel));
      const of = (stream: number): unknown[] =>
        messages.filter((each) => each.stream === stream).map(({ payload }) => decodeValue(payload, 0, payload.length));
      expect(of(1).slice(-3)).toEqual([
        "first",
        { before: "b".repeat(size), inner: "inner", after: "a".repeat(size) },
        "last",
      ]);
      expect(of(2).at(-1)).toEqual({ nested: "n".repeat(size) });
      expect(of(3).at(-1)).toBe("deepest");
      expect(arrived(elsewhere).at(-1)).toEqual(["elsewhere", "json"]);
    }
    expect(slab.holders).toBe(0);
  });

  it("is not confused by a getter after which everything has been written", () => {
    const at = desk(new Slab(1000));
    send(at, 1, "gathered");
    const value = {
      before: "b".repeat(100),
      get flushed(): boolean {
        at.outbox.flush();
        at.outbox.frame(frameKinds.credit, 1, Buffer.alloc(300));
        at.outbox.flush();
        return true;
      },
      text: "t".repeat(200),
    };
    send(at, 1, value);
    send(at, 1, "last");
    at.turns.all();
    const values = at.target.frames.filter(({ kind }) => kind === frameKinds.message);
    expect(values.map(({ payload }) => decodeValue(payload, 0, payload.length))).toEqual([
      "gathered",
      { before: "b".repeat(100), flushed: true, text: "t".repeat(200) },
      "last",
    ]);
  });
});
