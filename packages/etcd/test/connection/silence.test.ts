import { describe, expect, it } from "vitest";
import { Silence } from "../../src/connection/silence.js";

const limits = { pingAfterMs: 1000, answerWithinMs: 700 };

/** The server's book of pings, after gRPC-Go's enforcement with etcd's default of 5 s. */
class PingBook {
  strikes = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  #forgiven = true;

  sentData(): void {
    this.#forgiven = true;
  }

  pinged(now: number): void {
    if (this.#forgiven) this.strikes = 0;
    else if (now < this.#lastAt + 5000) this.strikes += 1;
    this.#forgiven = false;
    this.#lastAt = now;
  }
}

describe("the silence of a connection", () => {
  it("asks after a while, and gives up where nobody answers", () => {
    const silence = new Silence(limits, 0);
    expect(silence.step(0, false)).toEqual({ kind: "wait", untilMs: 1000 });
    expect(silence.step(1000, false)).toEqual({ kind: "ping" });
    expect(silence.step(1000, false)).toEqual({ kind: "wait", untilMs: 1700 });
    expect(silence.step(1700, false)).toEqual({ kind: "lost" });
  });

  it("does not take its own sleep for the member's", () => {
    const silence = new Silence(limits, 0);
    silence.step(1000, false);
    expect(silence.step(9000, true)).toEqual({ kind: "wait", untilMs: 9700 });
    silence.heardPong(9001);
    expect(silence.step(9700, false)).toEqual({ kind: "wait", untilMs: 10_001 });
  });

  it("asks no more than twice where no call is under way, and again when there is one", () => {
    const silence = new Silence(limits, 0);
    for (const now of [1000, 2001]) {
      expect(silence.step(now, false)).toEqual({ kind: "ping" });
      silence.heardPong(now);
    }
    expect(silence.step(60_000, false)).toMatchObject({ kind: "wait", untilMs: Number.POSITIVE_INFINITY });
    silence.callBegan();
    expect(silence.step(60_000, false)).toEqual({ kind: "ping" });
  });

  it.each([
    ["nothing is sent for a minute", Number.POSITIVE_INFINITY],
    ["data come every 1.3 s", 1300],
    ["data come every 3 s", 3000],
    ["data come every 7 s", 7000],
  ])("never pings more than the server bears where %s", (_, dataEveryMs) => {
    const silence = new Silence(limits, 0);
    const book = new PingBook();
    silence.callBegan();
    let pings = 0;
    for (let now = 0; now < 60_000; now += 100) {
      if (now > 0 && now % dataEveryMs === 0) {
        silence.heardData(now);
        book.sentData();
      }
      if (silence.step(now, false).kind !== "ping") continue;
      pings += 1;
      book.pinged(now);
      silence.heardPong(now + 1);
      expect(book.strikes).toBeLessThanOrEqual(1);
    }
    expect(pings).toBeGreaterThan(5);
  });
});
