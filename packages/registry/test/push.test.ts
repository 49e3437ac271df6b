import { SkylarkError } from "@skylark/core";
import { type Deferred, deferred, ManualClock, seededRandom } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { everythingOwed, type Holdings, nothingHeld, type Patch, type Provider } from "../src/patch/patch.js";
import { type HoldingsStore, Push } from "../src/patch/push.js";

const [a, b, c] = ["a", "b", "c"].map((name): Provider => ({ Name: "grading", URL: `http://${name}` })) as [
  Provider,
  Provider,
  Provider,
];

interface Sent extends Deferred<void> {
  readonly patch: Patch;
  readonly signal: AbortSignal;
}

/** One participant's push, with the store and the network in the hands of the test. */
class Scene implements HoldingsStore {
  readonly clock = new ManualClock();
  readonly logged: string[] = [];
  readonly sent: Sent[] = [];
  readonly writes: Holdings[] = [];
  /** Undefined: taken out. */
  stored: Holdings | undefined;
  failing: SkylarkError | undefined;
  readonly push: Push;

  constructor(stored: Holdings | undefined = everythingOwed) {
    this.stored = stored;
    this.push = new Push({
      what: "portal",
      store: this,
      send: (patch, signal) => {
        const sent = { ...deferred(), patch, signal };
        this.sent.push(sent);
        return sent.promise;
      },
      clock: this.clock,
      random: seededRandom(7),
      log: (level, message) => void (level === "debug" || this.logged.push(`${level} ${message}`)),
      retryMs: { firstMs: 100, mostMs: 1000 },
    });
  }

  async read(): Promise<Holdings | undefined> {
    if (this.failing) throw this.failing;
    return this.stored;
  }

  async write(holdings: Holdings): Promise<void> {
    if (this.failing) throw this.failing;
    this.writes.push(holdings);
    this.stored = holdings;
  }

  get last(): Sent {
    return this.sent.at(-1) as Sent;
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }

  async want(...providers: readonly Provider[]): Promise<void> {
    this.push.want(providers);
    await this.settle();
  }

  async taken(): Promise<void> {
    this.last.resolve();
    await this.settle();
  }

  async refused(): Promise<void> {
    this.last.reject(new SkylarkError("unavailable", "it answered with status 500"));
    await this.settle();
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.settle();
  }

  get patches(): readonly Patch[] {
    return this.sent.map(({ patch }) => patch);
  }
}

describe("a push", () => {
  it("REG-2.3 sends a newcomer one patch with all that it requires, also when that is nothing", async () => {
    const scene = new Scene();
    await scene.want(a, b);
    await scene.taken();
    expect(scene.patches).toEqual([{ Added: [a, b], Removed: [] }]);
    const lonely = new Scene();
    await lonely.want();
    await lonely.taken();
    expect(lonely.patches).toEqual([{ Added: [], Removed: [] }]);
    expect(lonely.push.status).toEqual({ state: "idle", failures: 0, why: undefined });
  });

  it("sends nothing to who holds what it shall, nor before it is known what that is", async () => {
    const scene = new Scene({ kind: "acknowledged", providers: [a] });
    await scene.settle();
    expect(scene.push.status.state).toBe("waiting");
    await scene.want(a);
    expect(scene.patches).toEqual([]);
    expect(scene.writes).toEqual([]);
  });

  it("REG-HTTP-14 sends one patch at a time, and in the next all that changed meanwhile", async () => {
    const scene = new Scene(nothingHeld);
    await scene.want(a);
    await scene.want(a, b);
    await scene.want(b, c);
    expect(scene.patches).toHaveLength(1);
    await scene.taken();
    expect(scene.patches).toEqual([
      { Added: [a], Removed: [] },
      { Added: [b, c], Removed: [a] },
    ]);
    await scene.taken();
    await scene.pass(60_000);
    expect(scene.patches).toHaveLength(2);
  });

  it("REG-2.4 sends again until it is taken, then the whole list, with a delay that grows", async () => {
    const scene = new Scene({ kind: "acknowledged", providers: [a, b] });
    await scene.want(b, c);
    for (let failure = 0; failure < 8; failure++) {
      await scene.refused();
      expect(scene.push.status).toMatchObject({ state: "resting", failures: failure + 1, why: /status 500/ });
      const sent = scene.sent.length;
      await scene.pass(Math.min(1000, 100 * 2 ** failure));
      expect(scene.sent.length).toBe(sent + 1);
    }
    await scene.taken();
    expect(scene.patches[0]).toEqual({ Added: [c], Removed: [a] });
    for (const patch of scene.patches.slice(1)) expect(patch).toEqual({ Added: [b, c], Removed: [a] });
    expect(scene.logged).toEqual([
      "warn portal did not take its patch, and will be sent all of it: it answered with status 500",
      "info portal takes patches again",
    ]);
    expect(scene.stored).toEqual({ kind: "acknowledged", providers: [b, c] });
  });

  it("removes what an undelivered patch may have brought, and is not wanted any more", async () => {
    const scene = new Scene(nothingHeld);
    await scene.want(a);
    await scene.refused();
    await scene.want(b);
    expect(scene.patches).toHaveLength(1);
    await scene.pass(100);
    expect(scene.last.patch).toEqual({ Added: [b], Removed: [a] });
  });

  it("does not wait any longer once it is woken", async () => {
    const scene = new Scene();
    await scene.want(a);
    for (let failure = 0; failure < 8; failure++) {
      await scene.refused();
      if (failure < 7) await scene.pass(1000);
    }
    const before = scene.sent.length;
    scene.push.wake();
    await scene.settle();
    expect(scene.sent.length).toBe(before + 1);
    scene.push.wake();
    await scene.settle();
    expect(scene.sent.length).toBe(before + 1);
  });

  it("says in the store what may be held before it sends: without the store it sends nothing new", async () => {
    const scene = new Scene(nothingHeld);
    await scene.want(a);
    expect(scene.writes).toEqual([{ kind: "pending", providers: [a] }]);
    await scene.taken();
    scene.failing = new SkylarkError("unavailable", "the store is away");
    await scene.want(a, b);
    await scene.pass(10_000);
    expect(scene.patches).toHaveLength(1);
    scene.failing = undefined;
    await scene.pass(10_000);
    expect(scene.patches).toEqual([
      { Added: [a], Removed: [] },
      { Added: [b], Removed: [] },
    ]);
  });

  it("sends what the store knows of already, again and again, with the store away", async () => {
    const scene = new Scene();
    await scene.want(a);
    scene.failing = new SkylarkError("unavailable", "the store is away");
    await scene.refused();
    await scene.pass(1000);
    expect(scene.patches).toHaveLength(2);
  });

  it("reads again where another wrote meanwhile, and sends the whole list where that is unknown", async () => {
    const scene = new Scene({ kind: "acknowledged", providers: [a] });
    await scene.want(a);
    scene.failing = new SkylarkError("aborted", "another wrote");
    await scene.want(a, b);
    scene.failing = undefined;
    scene.stored = { kind: "pending", providers: [c] };
    await scene.pass(1000);
    expect(scene.last.patch).toEqual({ Added: [a, b], Removed: [c] });
  });

  it("ends with whoever is taken out meanwhile", async () => {
    const scene = new Scene();
    scene.stored = undefined;
    await scene.want(a);
    await scene.pass(10_000);
    expect(scene.patches).toEqual([]);
    expect(scene.push.status.state).toBe("closed");
  });

  it("gives up what is under way when it is closed, and leaves nothing behind", async () => {
    const scene = new Scene();
    await scene.want(a);
    scene.push.close();
    expect(scene.last.signal.aborted).toBe(true);
    await scene.refused();
    await scene.want(a, b);
    scene.push.wake();
    await scene.pass(10_000);
    expect(scene.patches).toHaveLength(1);
    expect(scene.clock.pending).toBe(0);
    expect(scene.stored).toEqual({ kind: "pending", providers: [a] });
  });

  it("leaves no timer behind when it is closed while it rests", async () => {
    const scene = new Scene();
    await scene.want(a);
    await scene.refused();
    scene.push.close();
    expect(scene.clock.pending).toBe(0);
  });
});
