import { SkylarkError } from "@skylark/core";
import { ManualClock, seededRandom } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import type { HostLink, Reach } from "../../src/client/host-link.js";
import { Session, type SessionOwner } from "../../src/client/session.js";
import type { SessionId, SessionStatus } from "../../src/port.js";
import type { ClientMessage, HostMessage, KnownSession } from "../../src/protocol/messages.js";
import { MemoryStream } from "../memory-stream.js";

const ttlMs = 1200;
const known = (id: string, epoch = 1): KnownSession => ({ id: id as SessionId, storeId: "store", epoch, hostTag: "t" });

/** A session whose host is the test itself. */
class Trial implements Reach, SessionOwner {
  readonly clock = new ManualClock();
  readonly streams: MemoryStream[] = [];
  readonly told: string[] = [];
  /** What the next tries to connect come to: refused, until there are no more of these. */
  refusals: SkylarkError[] = [];
  readonly session: Session;

  constructor(refusals: SkylarkError[] = []) {
    this.refusals = refusals;
    const { clock } = this;
    const options = { reach: this, ttlMs, openTimeoutMs: 1000, clock, random: seededRandom(1), log: () => {} };
    this.session = new Session(options, this);
    this.session.opened.catch(() => {});
  }

  async connect(): Promise<HostLink> {
    const refusal = this.refusals.shift();
    if (refusal) throw refusal;
    const stream = new MemoryStream();
    this.streams.push(stream);
    return { stream, close: () => stream.close() };
  }

  async close(): Promise<void> {
    this.told.push("reach closed");
  }

  connected(): void {
    this.told.push("connected");
  }

  writable(): void {}

  paused(): void {
    this.told.push("paused");
  }

  disconnected(): void {
    this.told.push("disconnected");
  }

  received(message: HostMessage): void {
    this.told.push(message.kind);
  }

  statusChanged(status: SessionStatus): void {
    this.told.push("id" in status ? `${status.kind} ${status.id}` : status.kind);
  }

  get stream(): MemoryStream {
    return this.streams.at(-1) as MemoryStream;
  }

  say(message: HostMessage): void {
    this.stream.onMessage(message);
  }

  /** Lets promises that are ready go on. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }

  async established(id = "one"): Promise<void> {
    await this.settle();
    this.say({ kind: "welcome", session: known(id), ttlMs });
    this.stream.take();
    this.told.length = 0;
  }

  /** Lets time pass while the host answers every keep-alive. */
  async live(byMs: number): Promise<void> {
    for (let passed = 0; passed < byMs; passed += 100) {
      this.clock.advance(100);
      for (const message of this.stream.take<ClientMessage>()) {
        if (message.kind === "keepAlive") this.say({ kind: "alive", number: message.number });
      }
    }
  }
}

const refused = () => new SkylarkError("unavailable", "nobody there");

describe("a session", () => {
  it("COORD-2.1 says hello, and is what the host grants", async () => {
    const trial = new Trial();
    expect(trial.session.status).toEqual({ kind: "connecting" });
    await trial.settle();
    expect(trial.stream.take()).toEqual([{ kind: "hello", version: 1, ttlMs, session: null }]);
    trial.say({ kind: "welcome", session: known("one"), ttlMs: 600 });
    expect(trial.session.status).toEqual({ kind: "established", id: "one", ttlMs: 600 });
    expect(trial.told).toEqual(["established one", "connected"]);
    await trial.session.opened;
  });

  it("COORD-2.1 asks for its life three times in a TTL, and stays while it is answered", async () => {
    const trial = new Trial();
    await trial.established();
    let asked = 0;
    for (let tick = 0; tick < 60; tick++) {
      trial.clock.advance(ttlMs / 6);
      for (const message of trial.stream.take<ClientMessage>()) {
        if (message.kind !== "keepAlive") continue;
        asked++;
        trial.say({ kind: "alive", number: message.number });
      }
    }
    expect(asked).toBe(30);
    expect(trial.told).toEqual([]);
  });

  it("COORD-2.1 is suspended when its connection goes, and resumed over the next", async () => {
    const trial = new Trial();
    await trial.established();
    trial.refusals = [refused(), refused()];
    trial.stream.onEnd(refused());
    expect(trial.told).toEqual(["disconnected", "suspended one"]);
    for (let wait = 0; trial.streams.length < 2 && wait < 100; wait++) {
      await trial.settle();
      trial.clock.advance(20);
    }
    await trial.settle();
    expect(trial.stream.take()).toEqual([{ kind: "hello", version: 1, ttlMs, session: known("one") }]);
    trial.say({ kind: "welcome", session: known("one", 2), ttlMs });
    expect(trial.told.slice(2)).toEqual(["established one", "connected"]);
  });

  it("gives a connection up on which nothing was heard for two thirds of the TTL, while the session still lives", async () => {
    const trial = new Trial();
    await trial.established();
    await trial.live(ttlMs);
    trial.clock.advance((ttlMs * 2) / 3 - 100);
    expect(trial.told).toEqual([]);
    trial.clock.advance(200);
    expect(trial.told).toEqual(["disconnected", "suspended one"]);
    expect(trial.session.failure?.message).toContain("does not answer");
  });

  it("COORD-2.2 learns over the same connection that it has expired, and asks for another", async () => {
    const trial = new Trial();
    await trial.established();
    trial.say({ kind: "expired" });
    expect(trial.told).toEqual(["paused", "expired one"]);
    expect(trial.stream.take()).toEqual([{ kind: "hello", version: 1, ttlMs, session: null }]);
    trial.say({ kind: "welcome", session: known("two"), ttlMs });
    expect(trial.told.slice(2)).toEqual(["established two", "connected"]);
    expect(trial.streams).toHaveLength(1);
  });

  it("COORD-2.2 learns over the next connection that it has expired: it is welcomed as another", async () => {
    const trial = new Trial();
    await trial.established();
    trial.stream.onEnd(refused());
    await trial.settle();
    trial.say({ kind: "welcome", session: known("two", 2), ttlMs });
    expect(trial.told.slice(2)).toEqual(["expired one", "established two", "connected"]);
  });

  it("is in doubt after its machine slept, until the host answers", async () => {
    const trial = new Trial();
    await trial.established();
    trial.clock.jumpWall(60_000);
    trial.clock.advance(ttlMs / 6);
    expect(trial.told).toEqual(["suspended one"]);
    const [asked] = trial.stream.take<ClientMessage & { kind: "keepAlive" }>();
    trial.say({ kind: "alive", number: (asked?.number ?? 0) - 1 }); // an answer to an earlier question proves nothing
    expect(trial.told).toEqual(["suspended one"]);
    trial.say({ kind: "alive", number: asked?.number ?? 0 });
    expect(trial.told).toEqual(["suspended one", "established one"]);
  });

  it("is in doubt after its process stood still, and does not take its own deafness for the host's silence", async () => {
    const trial = new Trial();
    await trial.established();
    trial.clock.stall(2 * ttlMs);
    expect(trial.told).toEqual(["suspended one"]);
    expect(trial.streams).toHaveLength(1);
    trial.say({ kind: "expired" });
    expect(trial.told).toEqual(["suspended one", "paused", "expired one"]);
  });

  it("is not disturbed by a pause that its life easily outlasts", async () => {
    const trial = new Trial();
    await trial.established();
    await trial.live(ttlMs);
    trial.clock.stall(ttlMs / 2);
    expect(trial.stream.take()).toEqual([{ kind: "keepAlive", number: expect.any(Number) }]);
    expect(trial.told).toEqual([]);
  });

  it("is given up for good when the host does not answer the doubt either", async () => {
    const trial = new Trial();
    await trial.established();
    trial.clock.jumpWall(60_000);
    trial.clock.advance(ttlMs);
    expect(trial.told).toEqual(["suspended one", "disconnected"]);
  });

  it("does not open where a person is needed", async () => {
    const damaged = new SkylarkError("data_loss", "journal-1 is damaged", { reason: "DAMAGED" });
    const trial = new Trial([damaged]);
    await expect(trial.session.opened).rejects.toBe(damaged);
  });

  it("does not open when nobody answers in time, and says who", async () => {
    const trial = new Trial(Array.from({ length: 100 }, refused));
    for (let wait = 0; wait < 100; wait++) {
      await trial.settle();
      trial.clock.advance(20);
    }
    await expect(trial.session.opened).rejects.toThrow("nobody there");
  });

  it("does not open against a host that hears and never answers, or refuses for good", async () => {
    const silent = new Trial();
    for (let wait = 0; wait < 40; wait++) {
      await silent.settle();
      silent.clock.advance(100);
    }
    await expect(silent.session.opened).rejects.toThrow("does not answer");
    const refusing = new Trial();
    await refusing.settle();
    const version = new SkylarkError("failed_precondition", "speaks another version");
    refusing.stream.onEnd(version);
    await expect(refusing.session.opened).rejects.toBe(version);
  });

  it("leaves in order when it is closed", async () => {
    const trial = new Trial();
    await trial.established();
    const closing = trial.session.close();
    expect(trial.session.status).toEqual({ kind: "closed" });
    expect(trial.stream.take()).toEqual([{ kind: "leave" }]);
    trial.say({ kind: "left" });
    await closing;
    expect(trial.stream.ended).toBe("closed");
    expect(trial.told).toEqual(["closed", "reach closed"]);
    expect(trial.clock.pending).toBe(0);
  });

  it("can be closed while it reaches for a host, and while it greets one", async () => {
    const reaching = new Trial([refused()]);
    await reaching.settle();
    await reaching.session.close();
    const greeting = new Trial();
    await greeting.settle();
    await greeting.session.close();
    expect([reaching.told, greeting.told]).toEqual([
      ["closed", "reach closed"],
      ["closed", "reach closed"],
    ]);
    expect(greeting.stream.ended).toBe("closed");
    expect([reaching.clock.pending, greeting.clock.pending]).toEqual([0, 0]);
  });
});
