import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Slab } from "../../src/wire/slab.js";
import { patterned } from "../support/frames.js";
import { assembled, desk } from "../support/outbox-desk.js";

describe("Outbox, its memory and its limits", () => {
  it("stops where the other side is behind, and goes on when it has caught up", () => {
    const { target, turns, outbox, message } = desk();
    target.takes = false;
    message(1, patterned(1_000_000));
    turns.all();
    expect(target.backedUp).toBe(true);
    expect(target.bytes.length).toBeLessThan(200_000);
    let drains = 0;
    while (outbox.waitingBytes > 0) {
      drains++;
      target.drain();
      outbox.flush();
      turns.all();
    }
    expect(drains).toBeGreaterThan(5);
    expect(assembled(target.frames)[0]?.payload.equals(patterned(1_000_000))).toBe(true);
  });

  it("RPC-HOSTILE-4 takes no more than the limit for a side that does not read", () => {
    const { target, turns, outbox, message } = desk(new Slab(), 200_000);
    target.takes = false;
    message(1, patterned(150_000));
    turns.all();
    expect(() => message(2, patterned(60_000))).toThrow(
      expect.objectContaining({ code: "resource_exhausted", notExecuted: true }),
    );
    outbox.forget(1);
    target.drain();
    message(2, patterned(60_000));
    turns.all();
  });

  it("writes the same bytes, whether or not the target still reads from the memory of the last write", () => {
    const steps = fc.array(
      fc.record({ at: fc.nat(2), size: fc.integer({ min: 0, max: 3000 }), takes: fc.boolean(), tick: fc.boolean() }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (script) => {
        const slab = new Slab(8192);
        const desks = [desk(slab), desk(slab), desk(slab)];
        const sent = desks.map(() => [] as Buffer[]);
        for (const [number, { at, size, takes, tick }] of script.entries()) {
          const { target, turns, message } = desks[at] as ReturnType<typeof desk>;
          target.takes = takes;
          const payload = patterned(size, number);
          message(1, payload);
          sent[at]?.push(payload);
          if (tick) turns.tick();
        }
        for (const { turns } of desks) turns.all();
        for (const [at, { target }] of desks.entries()) {
          expect(target.frames).toHaveLength(sent[at]?.length ?? 0);
          for (const [index, { payload }] of target.frames.entries()) {
            expect(payload.equals(sent[at]?.[index] as Buffer), `message ${index} to ${at}`).toBe(true);
          }
        }
        expect(slab.holders).toBe(0);
      }),
      { seed: 20_307, numRuns: 200 },
    );
  });

  it("uses the same memory again while writes are taken", () => {
    const { turns, message, slab } = desk();
    const memory = slab.buffer;
    for (let round = 0; round < 1000; round++) {
      message(1, patterned(1000));
      turns.tick();
    }
    expect(slab.buffer).toBe(memory);
    expect(slab.used).toBe(0);
  });

  it("gives up what it holds when it is closed, and writes nothing more", () => {
    const { target, turns, outbox, slab, message } = desk();
    message(1, Buffer.from("never"));
    message(2, patterned(100_000));
    outbox.close();
    turns.all();
    expect(target.writes).toBe(0);
    expect(slab.holders).toBe(0);
    expect(outbox.waitingBytes).toBe(0);
  });
});
