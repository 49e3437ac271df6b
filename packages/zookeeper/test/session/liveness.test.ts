import { describe, expect, it } from "vitest";
import { Liveness } from "../../src/session/liveness.js";

const timeoutMs = 4800; // thirds, quarters and eighths of it are whole

describe("a connection's liveness", () => {
  it("asks after a third of the time-out without a request", () => {
    const liveness = new Liveness(timeoutMs, 0, 10);
    expect(liveness.judge(10)).toEqual({ kind: "well", until: 1600 });
    expect(liveness.judge(1600)).toMatchObject({ kind: "ask" });
  });

  it("does not ask while requests go out anyway", () => {
    const liveness = new Liveness(timeoutMs, 0, 10);
    liveness.judge(10);
    liveness.asked(1500);
    liveness.heard(1510);
    expect(liveness.judge(1600)).toEqual({ kind: "well", until: 3100 });
  });

  it("calls silent, before two thirds have passed, who has said nothing", () => {
    const liveness = new Liveness(timeoutMs, 0, 0);
    liveness.judge(0);
    const asked = liveness.judge(1600);
    liveness.asked(1600);
    expect(asked).toEqual({ kind: "ask", until: 3000 });
    expect(liveness.judge(3000)).toEqual({ kind: "silent" });
    expect(3000).toBeLessThan((timeoutMs * 2) / 3);
  });

  it("COORD-2.1 is well for as long as answers come", () => {
    const liveness = new Liveness(timeoutMs, 0, 0);
    let verdict = liveness.judge(0);
    for (let now = 0; now < 60_000; ) {
      if (verdict.kind === "silent") break;
      now = verdict.until;
      verdict = liveness.judge(now);
      if (verdict.kind === "ask") {
        liveness.asked(now);
        liveness.heard(now + 5);
        liveness.answered(now);
      }
    }
    expect(verdict.kind).not.toBe("silent");
    expect(liveness.provenAt).toBeGreaterThan(55_000);
  });

  it("asks again instead of judging where it looks too late itself", () => {
    const liveness = new Liveness(timeoutMs, 0, 0);
    liveness.judge(0);
    expect(liveness.judge(4000)).toEqual({ kind: "ask", until: 5200 });
    expect(liveness.judge(5200)).toEqual({ kind: "silent" });
  });

  it("goes on where the answer was only unread", () => {
    const liveness = new Liveness(timeoutMs, 0, 0);
    liveness.judge(0);
    liveness.judge(4000);
    liveness.asked(4000);
    liveness.heard(4001);
    expect(liveness.judge(5200)).toMatchObject({ kind: "well" });
  });

  it("is proven by the sending of what was answered, not by the answer", () => {
    const liveness = new Liveness(timeoutMs, 100, 900);
    expect(liveness.provenAt).toBe(100);
    liveness.asked(1000);
    liveness.heard(1500);
    expect(liveness.provenAt).toBe(100);
    liveness.answered(1000);
    expect(liveness.provenAt).toBe(1000);
    liveness.answered(500);
    expect(liveness.provenAt).toBe(1000);
  });
});
