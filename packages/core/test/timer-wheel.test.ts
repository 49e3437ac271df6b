import { ManualClock, TimerWheel, TimerWheelEntry } from "@skylark/core/internal";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";

class Entry extends TimerWheelEntry {
  readonly firedAt: number[] = [];
  readonly #whenFired: () => void;

  constructor(whenFired: () => void = () => {}) {
    super();
    this.#whenFired = whenFired;
  }

  override timedOut(): void {
    this.firedAt.push(clock.now());
    this.#whenFired();
  }
}

let clock: ManualClock;
let wheel: TimerWheel;

beforeEach(() => {
  clock = new ManualClock();
  wheel = new TimerWheel(clock, 10, 8); // one turn of the wheel is 80 ms
});

describe("TimerWheel", () => {
  it("fires at its time, not before", () => {
    const entry = new Entry();
    wheel.add(entry, 30);
    clock.advance(29);
    expect(entry.firedAt).toEqual([]);
    clock.advance(1);
    expect(entry.firedAt).toEqual([30]);
  });

  it("fires at the next tick what is due between two", () => {
    const entry = new Entry();
    wheel.add(entry, 31);
    clock.advance(1000);
    expect(entry.firedAt).toEqual([40]);
  });

  it("fires once, and is off the wheel by then", () => {
    const entry = new Entry(() => expect(wheel.size).toBe(0));
    wheel.add(entry, 10);
    clock.advance(1000);
    expect(entry.firedAt).toEqual([10]);
  });

  it("fires at the next tick what is due already", () => {
    clock.advance(500);
    const entry = new Entry();
    wheel.add(entry, 100);
    clock.advance(10);
    expect(entry.firedAt).toEqual([510]);
  });

  it("leaves in its place what is due after more than a turn", () => {
    const near = new Entry();
    const far = new Entry(); // the same slot, two turns later
    wheel.add(far, 190);
    wheel.add(near, 30);
    clock.advance(180);
    expect([near.firedAt, far.firedAt]).toEqual([[30], []]);
    clock.advance(10);
    expect(far.firedAt).toEqual([190]);
  });

  it("fires all that came due in a stall longer than a turn", () => {
    const entries = Array.from({ length: 20 }, () => new Entry());
    entries.forEach((entry, index) => wheel.add(entry, 10 + index * 10));
    clock.stall(150);
    expect(entries.map(({ firedAt }) => firedAt.length)).toEqual(entries.map((_, index) => (index < 15 ? 1 : 0)));
  });

  it("never fires what was removed; removing it again does nothing", () => {
    const [gone, stays] = [new Entry(), new Entry()];
    wheel.add(gone, 10);
    wheel.add(stays, 10);
    wheel.remove(gone);
    wheel.remove(gone);
    expect(wheel.size).toBe(1);
    clock.advance(100);
    expect([gone.firedAt, stays.firedAt]).toEqual([[], [10]]);
  });

  it("can be told of the same entry again, after it fired or was removed", () => {
    const entry = new Entry();
    wheel.add(entry, 10);
    wheel.remove(entry);
    wheel.add(entry, 20);
    clock.advance(20);
    wheel.add(entry, 50);
    clock.advance(100);
    expect(entry.firedAt).toEqual([20, 50]);
  });

  it("costs no timer while it is empty", () => {
    expect(clock.pending).toBe(0);
    const [one, other] = [new Entry(), new Entry()];
    wheel.add(one, 10);
    wheel.add(other, 20);
    expect(clock.pending).toBe(1);
    wheel.remove(other);
    clock.advance(10);
    expect(clock.pending).toBe(0);
  });

  it("keeps its promise after it stood empty for long", () => {
    wheel.add(new Entry(), 10);
    clock.advance(10_005);
    const entry = new Entry();
    wheel.add(entry, 10_045);
    clock.advance(100);
    expect(entry.firedAt).toEqual([10_055]); // its timer ticks 10 ms from when it was wound up again, at 10,005
  });
});

describe("TimerWheel, while it fires", () => {
  it("does not fire an entry that another one removed, in either order", () => {
    const entries: Entry[] = [];
    for (const other of [1, 0]) entries.push(new Entry(() => wheel.remove(entries[other] as Entry)));
    for (const entry of entries) wheel.add(entry, 10);
    clock.advance(10);
    expect(entries.map(({ firedAt }) => firedAt)).toEqual([[10], []]);
    expect(wheel.size).toBe(0);
  });

  it("fires those that stay, when one removes its neighbours on both sides", () => {
    const entries: Entry[] = [];
    for (let index = 0; index < 5; index++) {
      entries.push(
        new Entry(() => {
          if (index === 1) for (const neighbour of [0, 2]) wheel.remove(entries[neighbour] as Entry);
        }),
      );
    }
    for (const entry of entries) wheel.add(entry, 10);
    clock.advance(10);
    expect(entries.map(({ firedAt }) => firedAt.length)).toEqual([1, 1, 0, 1, 1]);
  });

  it("leaves alone an entry that another one put off", () => {
    const putOff = new Entry();
    const first = new Entry(() => {
      wheel.remove(putOff);
      wheel.add(putOff, 50);
    });
    wheel.add(first, 10);
    wheel.add(putOff, 10);
    clock.advance(100);
    expect(putOff.firedAt).toEqual([50]);
  });

  it("fires one that adds itself again at the next tick at the earliest", () => {
    const entry = new Entry(() => {
      if (entry.firedAt.length < 3) wheel.add(entry, 0);
    });
    wheel.add(entry, 10);
    clock.advance(100);
    expect(entry.firedAt).toEqual([10, 20, 30]);
  });

  it("takes an entry added by the last one on the wheel", () => {
    const second = new Entry();
    wheel.add(new Entry(() => wheel.add(second, 15)), 10);
    clock.advance(100);
    expect(second.firedAt).toEqual([20]);
  });
});

describe("TimerWheel, whatever is done to it", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("add" as const), waitMs: fc.integer({ min: -20, max: 400 }) }),
    fc.record({ kind: fc.constant("remove" as const), which: fc.nat() }),
    fc.record({ kind: fc.constant("advance" as const), byMs: fc.integer({ min: 0, max: 120 }) }),
    fc.record({ kind: fc.constant("stall" as const), byMs: fc.integer({ min: 0, max: 300 }) }),
  );

  it("fires each entry once, in its time, unless it was removed before", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        clock = new ManualClock();
        wheel = new TimerWheel(clock, 10, 8);
        const entries: { entry: Entry; at: number; removed: boolean; stalledUntil: number }[] = [];
        for (const each of steps) {
          if (each.kind === "add") {
            const at = clock.now() + each.waitMs;
            const entry = new Entry();
            wheel.add(entry, at);
            entries.push({ entry, at: Math.max(at, clock.now()), removed: false, stalledUntil: 0 });
          } else if (each.kind === "remove") {
            const chosen = entries[each.which % entries.length];
            if (!chosen) continue;
            chosen.removed ||= chosen.entry.firedAt.length === 0;
            wheel.remove(chosen.entry);
          } else if (each.kind === "advance") clock.advance(each.byMs);
          else {
            clock.stall(each.byMs);
            for (const waiting of entries) waiting.stalledUntil = clock.now();
          }
        }
        const left = entries.filter(({ entry, removed }) => !removed && entry.firedAt.length === 0).length;
        expect(wheel.size).toBe(left);
        clock.advance(1000);
        for (const { entry, at, removed, stalledUntil } of entries) {
          expect(entry.firedAt).toHaveLength(removed ? 0 : 1);
          const [firedAt = at] = entry.firedAt;
          expect(firedAt).toBeGreaterThanOrEqual(at);
          expect(firedAt).toBeLessThan(Math.max(at, stalledUntil) + 20);
        }
        expect(clock.pending).toBe(0);
      }),
    );
  });
});
