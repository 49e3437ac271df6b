import { SkylarkError } from "@skylark/core";
import { type Deferred, deferred, ManualClock, seededRandom } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import type { SentLine } from "../../src/line/line.js";
import { Delivery, type DeliveryEvent } from "../../src/redirect/delivery.js";
import { range } from "../support/kept.js";

interface Sent {
  readonly lines: readonly SentLine[];
  readonly answer: Deferred<unknown>;
}

/** A delivery whose clock and service the test holds in its hands. */
class Bench {
  readonly clock = new ManualClock();
  readonly sent: Sent[] = [];
  readonly events: DeliveryEvent[] = [];
  readonly delivery: Delivery;
  signal: AbortSignal | undefined;
  /** Whether what was sent last may wait for the service. */
  waits: boolean | undefined;

  constructor(linesMax = 10_000) {
    this.delivery = new Delivery({
      clock: this.clock,
      random: seededRandom(1),
      waiting: { linesMax, bytesMax: 8 * 1024 * 1024 },
      send: (lines, { signal, wait }) => {
        this.signal = signal;
        this.waits = wait;
        const answer = deferred<unknown>();
        this.sent.push({ lines, answer });
        return answer.promise;
      },
      told: (event) => this.events.push(event),
    });
  }

  write(count: number): void {
    for (const _ of range(1, count))
      this.delivery.add({ time: "2026-11-20T10:00:00.000Z", level: "info", message: "m" });
  }

  /** The numbers of what was sent last. */
  get last(): number[] {
    return this.sent.at(-1)?.lines.map(({ sequence }) => sequence) ?? [];
  }

  async answer(): Promise<void> {
    this.sent.at(-1)?.answer.resolve({});
    await settled();
  }

  async fail(code: "unavailable" | "invalid_argument" = "unavailable"): Promise<void> {
    this.sent.at(-1)?.answer.reject(new SkylarkError(code, "as the test wants it"));
    await settled();
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("a delivery", () => {
  it("gathers lines for 50 ms, and sends them together", async () => {
    const bench = new Bench();
    bench.write(3);
    bench.clock.advance(49);
    expect(bench.sent).toHaveLength(0);
    bench.clock.advance(1);
    expect(bench.last).toEqual([1, 2, 3]);
    await bench.answer();
    bench.write(1);
    bench.clock.advance(50);
    expect(bench.last).toEqual([4]);
  });

  it("sends a full batch at once, but not in the stack of who writes", () => {
    const bench = new Bench();
    bench.write(500);
    expect(bench.sent).toHaveLength(0);
    bench.clock.advance(0);
    expect(bench.last).toEqual(range(1, 500));
  });

  it("has one batch under way at a time, and the next goes when that is answered", async () => {
    const bench = new Bench();
    bench.write(1200);
    bench.clock.advance(50);
    bench.clock.advance(5000);
    expect(bench.sent).toHaveLength(1);
    expect(bench.delivery.waiting).toBe(1200);
    await bench.answer();
    expect(bench.last).toEqual(range(501, 1000));
    await bench.answer();
    expect(bench.sent).toHaveLength(2); // what is left is no full batch
    bench.clock.advance(50);
    expect(bench.last).toEqual(range(1001, 1200));
    await bench.answer();
    expect(bench.delivery.waiting).toBe(0);
    expect(bench.clock.pending).toBe(0);
  });

  it("OPS-4.2 sends the same batch again until it is answered, while others wait behind it", async () => {
    const bench = new Bench();
    bench.write(3);
    bench.clock.advance(50);
    for (let attempt = 0; attempt < 5; attempt++) {
      await bench.fail();
      bench.write(1);
      expect(bench.delivery.status).toBe("away");
      bench.clock.advance(2000);
      expect(bench.last).toEqual([1, 2, 3]);
      expect(bench.waits).toBe(true); // it goes the moment the service is back
    }
    expect(bench.events.map(({ kind }) => kind)).toEqual(["away"]); // told once
    await bench.answer();
    expect(bench.events.at(-1)).toEqual({ kind: "back", waiting: 5, dropped: 0 });
    expect(bench.delivery.status).toBe("delivering");
    bench.clock.advance(50);
    expect(bench.last).toEqual(range(4, 8));
    expect(bench.waits).toBe(false);
  });

  it("OPS-4.2 drops the oldest that wait beyond its bound, never what is under way, and tells how many", async () => {
    const bench = new Bench(10);
    bench.write(3);
    bench.clock.advance(50);
    await bench.fail();
    bench.write(30);
    expect(bench.delivery.dropped).toBe(20);
    bench.clock.advance(2000);
    expect(bench.last).toEqual([1, 2, 3]); // it may have arrived: another would take its numbers
    await bench.answer();
    bench.clock.advance(50);
    expect(bench.last).toEqual(range(23, 33));
    expect(bench.sent.at(-1)?.lines[0]).toMatchObject({ level: "warn", fields: { dropped: 20 } });
  });

  it("gives up a batch that is refused for good, tells it, and goes on with the next", async () => {
    const bench = new Bench();
    bench.write(3);
    bench.clock.advance(50);
    bench.write(1);
    await bench.fail("invalid_argument");
    expect(bench.events).toMatchObject([{ kind: "refused", lines: 3 }]);
    bench.clock.advance(50);
    expect(bench.sent.at(-1)?.lines).toMatchObject([{ sequence: 3, fields: { dropped: 3 } }, { sequence: 4 }]);
    expect(bench.delivery.dropped).toBe(3);
  });

  it("delivers all that waits when it is closed, and leaves no timer", async () => {
    const bench = new Bench();
    bench.write(700);
    const closed = bench.delivery.close(2000);
    expect(bench.last).toEqual(range(1, 500));
    await bench.answer();
    expect(bench.last).toEqual(range(501, 700)); // without gathering any more
    await bench.answer();
    expect(await closed).toBe(0);
    expect(bench.delivery.status).toBe("closed");
    expect(bench.clock.pending).toBe(0);
    bench.write(1);
    expect(bench.clock.pending).toBe(0);
    expect(bench.delivery.waiting).toBe(0);
  });

  it("ends within its bound when it is closed, says what was lost, and lets go of what was under way", async () => {
    const bench = new Bench();
    bench.write(7);
    bench.clock.advance(50);
    bench.write(5);
    const closed = bench.delivery.close(2000);
    bench.clock.advance(2000);
    expect(await closed).toBe(12);
    expect(bench.signal?.aborted).toBe(true);
    expect(bench.clock.pending).toBe(0);
    await bench.fail(); // too late to matter
    expect(bench.clock.pending).toBe(0);
    expect(await bench.delivery.close(1)).toBe(12);
  });

  it("tries at once when it is closed while the service is away, and again until its bound", async () => {
    const bench = new Bench();
    bench.write(2);
    bench.clock.advance(50);
    await bench.fail();
    const closed = bench.delivery.close(2000);
    expect(bench.sent).toHaveLength(2);
    await bench.fail();
    bench.clock.advance(500);
    expect(bench.sent).toHaveLength(3);
    await bench.answer();
    expect(await closed).toBe(0);
    expect(bench.clock.pending).toBe(0);
  });

  it("that has nothing to deliver closes at once", async () => {
    const bench = new Bench();
    expect(await bench.delivery.close(2000)).toBe(0);
    expect(bench.clock.pending).toBe(0);
  });
});
