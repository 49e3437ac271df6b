import { type ErrorCode, SkylarkError } from "@skylark/core";
import { ManualClock, seededRandom } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import type { ThreadListener } from "../../src/threads/thread.js";
import type { CallFacts, ThreadAnswer, ToThread } from "../../src/threads/thread-messages.js";
import { ThreadPool, type ThreadPoolParts } from "../../src/threads/thread-pool.js";
import type { Work } from "../../src/threads/work.js";
import { failureOf, turns } from "../support/until.js";

/** A thread that does nothing by itself. */
class FakeThread {
  readonly listener: ThreadListener;
  readonly told: ToThread[] = [];
  readonly raised: { readonly slot: number; readonly id: number; readonly code: ErrorCode }[] = [];
  ends = 0;

  constructor(listener: ThreadListener) {
    this.listener = listener;
  }

  tell(message: ToThread): void {
    this.told.push(message);
  }

  raise(slot: number, id: number, code: ErrorCode): void {
    this.raised.push({ slot, id, code });
  }

  end(): void {
    this.ends++;
  }

  ready(): void {
    this.listener.ready([{ name: "hash", shape: "unary" }]);
  }

  /** The calls that it was given, by the names of the tests. */
  get calls(): string[] {
    return this.told.flatMap((message) => (message.kind === "call" ? [message.facts.method] : []));
  }

  /** Ends a call. */
  answer(method: string): void {
    const begun = this.told.find((message) => message.kind === "call" && message.facts.method === method);
    this.listener.answered({ kind: "result", id: begun?.id ?? 0, value: new Uint8Array() });
  }
}

class FakeWork implements Work {
  readonly shape = "unary";
  readonly args = new Uint8Array();
  readonly answers: ThreadAnswer["kind"][] = [];
  state: "waiting" | "taken" | "answered" | "lost" = "waiting";
  why: SkylarkError | undefined;
  readonly #method: string;

  constructor(method: string) {
    this.#method = method;
  }

  facts(): CallFacts {
    const caller = { name: "tester", proof: "none" } as const;
    const unlimited = { remainingMs: undefined, requestId: undefined, descendsFromRetry: false };
    return { method: this.#method, caller, peer: "", attempt: 1, metadata: {}, ...unlimited };
  }

  taken(): void {
    this.state = "taken";
  }

  answered({ kind }: ThreadAnswer): void {
    this.state = "answered";
    this.answers.push(kind);
  }

  lost(why: SkylarkError): void {
    this.state = "lost";
    this.why = why;
  }
}

const gaveUp = new SkylarkError("cancelled", "the caller gave up");

class Stage {
  readonly clock = new ManualClock();
  readonly threads: FakeThread[] = [];
  readonly said: string[] = [];
  readonly pool: ThreadPool;

  constructor(parts: Partial<ThreadPoolParts> = {}) {
    this.pool = new ThreadPool({
      name: "hashing",
      startThread: (listener) => {
        const thread = new FakeThread(listener);
        this.threads.push(thread);
        return thread;
      },
      threads: 2,
      callsPerThread: 1,
      waitingMax: 2,
      graceMs: 1000,
      clock: this.clock,
      random: seededRandom(1),
      log: (level, message) => void this.said.push(`${level} ${message}`),
      ...parts,
    });
  }

  /** With the first of its threads ready. */
  static async open(parts: Partial<ThreadPoolParts> = {}): Promise<Stage> {
    const stage = new Stage(parts);
    const opened = stage.pool.open();
    stage.thread(0).ready();
    expect(await opened).toEqual([{ name: "hash", shape: "unary" }]);
    return stage;
  }

  thread(index: number): FakeThread {
    const thread = this.threads[index];
    if (!thread) throw new Error(`only ${this.threads.length} threads were started`);
    return thread;
  }

  submit(method: string): FakeWork {
    const work = new FakeWork(method);
    this.pool.submit(work);
    return work;
  }
}

describe("a pool of threads", () => {
  it("RPC-16.4 starts a thread when those it has are busy, and no more than it may", async () => {
    const stage = await Stage.open();
    stage.submit("a");
    expect(stage.threads, "the first was idle").toHaveLength(1);
    stage.submit("b");
    stage.submit("c");
    expect(stage.threads).toHaveLength(2);
    stage.thread(1).ready();
    expect([stage.thread(0).calls, stage.thread(1).calls], "in the order of arrival").toEqual([["a"], ["b"]]);
    stage.thread(1).answer("b");
    expect(stage.thread(1).calls).toEqual(["b", "c"]);
  });

  it("RPC-16.1 gives a call to the thread with the fewest", async () => {
    const stage = await Stage.open({ callsPerThread: 3 });
    stage.submit("a");
    stage.submit("b");
    stage.thread(1).ready();
    for (const method of ["c", "d", "e", "f"]) stage.submit(method);
    expect([stage.thread(0).calls.length, stage.thread(1).calls.length]).toEqual([3, 3]);
    stage.thread(1).answer("c");
    stage.submit("g");
    expect(stage.thread(1).calls).toContain("g");
  });

  it("RPC-16.4 refuses what would wait too long a line, with the promise that it did not run", async () => {
    const stage = await Stage.open({ threads: 1 });
    for (const method of ["a", "b", "c"]) stage.submit(method);
    const refusal = expect.objectContaining({ code: "unavailable", notExecuted: true }) as Error;
    expect(() => stage.submit("d")).toThrow(refusal);
    expect(() => stage.submit("d")).toThrow("2 calls wait for its 1 thread already");
    stage.thread(0).answer("a");
    stage.submit("d");
    expect(stage.thread(0).calls).toEqual(["a", "b"]);
  });

  it("RPC-5.8 never runs what is cancelled while it waits", async () => {
    const stage = await Stage.open({ threads: 1 });
    stage.submit("a");
    const waiting = stage.submit("b");
    stage.pool.cancel(waiting, gaveUp);
    expect(waiting).toMatchObject({ state: "lost", why: gaveUp });
    stage.thread(0).answer("a");
    expect(stage.thread(0).calls).toEqual(["a"]);
  });

  it("RPC-12.3 raises the flag of a cancelled call first, and leaves its thread alone when it ends in time", async () => {
    const stage = await Stage.open({ threads: 1 });
    const work = stage.submit("a");
    stage.pool.cancel(work, gaveUp);
    stage.pool.cancel(work, gaveUp);
    expect(stage.thread(0).raised).toEqual([{ slot: 0, id: 1, code: "cancelled" }]);
    expect(stage.thread(0).told.at(-1)).toEqual({ kind: "cancel", id: 1, code: "cancelled", message: gaveUp.message });
    stage.clock.advance(999);
    stage.thread(0).answer("a");
    stage.clock.advance(60_000);
    expect(stage.thread(0).ends).toBe(0);
    stage.submit("b");
    expect(stage.thread(0).told.at(-1), "no later call is taken for it").toMatchObject({ id: 2 });
  });

  it("RPC-12.3 ends a thread that a cancelled call will not leave, and says of the others there what is true", async () => {
    const stage = await Stage.open({ threads: 1, callsPerThread: 2 });
    const deaf = stage.submit("deaf");
    const beside = stage.submit("beside");
    const waiting = stage.submit("waiting");
    stage.pool.cancel(deaf, gaveUp);
    stage.clock.advance(1000);
    expect(stage.thread(0).ends).toBe(1);
    expect(beside.why).toMatchObject({ code: "unavailable", reason: "THREAD_ENDED", notExecuted: false });
    expect(stage.threads, "never two in one place").toHaveLength(1);
    stage.thread(0).listener.gone("ended");
    expect(stage.threads, "at once: it did not crash").toHaveLength(2);
    stage.thread(1).ready();
    expect(waiting.state).toBe("taken");
  });

  it("RPC-12.3 spares a thread that listens and serves others, until it serves nobody else", async () => {
    const stage = await Stage.open({ threads: 1, callsPerThread: 2 });
    const slow = stage.submit("slow");
    stage.submit("beside");
    stage.pool.cancel(slow, gaveUp);
    stage.thread(0).listener.heard(1);
    stage.clock.advance(10_000);
    expect(stage.thread(0).ends).toBe(0);
    stage.thread(0).answer("beside");
    stage.clock.advance(1000);
    expect(stage.thread(0).ends).toBe(1);
  });

  it("RPC-16.3 replaces a thread that crashed, later each time, and soon again once one has answered", async () => {
    const stage = await Stage.open({ threads: 1, random: { next: () => 1 } });
    const crashed = (work: FakeWork): void => {
      stage.thread(stage.threads.length - 1).listener.gone("out of memory");
      expect(work.why).toMatchObject({ code: "unknown", reason: "THREAD_ENDED", notExecuted: false });
      expect(stage.said.pop()).toContain('a thread of "hashing" crashed');
    };
    const taken = (delayMs: number): FakeWork => {
      const before = stage.threads.length;
      const work = stage.submit(`${before}`);
      stage.clock.advance(delayMs - 1);
      expect(stage.threads).toHaveLength(before);
      stage.clock.advance(1);
      stage.thread(before).ready();
      expect(work.state).toBe("taken");
      return work;
    };
    crashed(stage.submit("first"));
    crashed(taken(100));
    taken(200);
    stage.thread(2).answer("2");
    crashed(stage.submit("last"));
    taken(100);
  });

  it("RPC-16.3 sends those elsewhere who wait for threads that cannot start", async () => {
    const stage = await Stage.open({ threads: 1 });
    stage.submit("a");
    const waiting = stage.submit("b");
    stage.thread(0).listener.gone("crashed");
    while (stage.threads.length === 1) stage.clock.advance(1);
    expect(waiting.state).toBe("waiting");
    stage.thread(1).listener.refused("the file is gone");
    stage.thread(1).listener.gone("ended");
    expect(waiting.why).toMatchObject({ code: "unavailable", notExecuted: true });
    expect(waiting.why?.message).toContain("the file is gone");
  });

  it("RPC-12.1 does not open where its first thread cannot, or takes too long", async () => {
    const stage = new Stage();
    const opening = failureOf(stage.pool.open());
    stage.clock.advance(60_000);
    expect(stage.thread(0).ends).toBe(1);
    stage.thread(0).listener.gone("ended");
    expect(await opening).toMatchObject({ code: "failed_precondition" });
    expect(await opening).toMatchObject({ message: expect.stringContaining("has not loaded within 60 s") as string });
    expect(() => stage.submit("a")).toThrow("takes no call here");
  });

  it("RPC-16.4 closes when all its threads are gone, and answers everybody", async () => {
    const stage = await Stage.open();
    const running = stage.submit("a");
    const waiting = stage.submit("b");
    let closed = "not yet";
    void stage.pool.close().then(() => (closed = "closed"));
    expect(running.why).toMatchObject({ code: "unavailable", notExecuted: false });
    expect(waiting.why).toMatchObject({ code: "unavailable", notExecuted: true });
    expect(stage.threads.map(({ ends }) => ends)).toEqual([1, 1]);
    stage.thread(0).listener.gone("ended");
    await turns();
    expect(closed).toBe("not yet");
    stage.thread(1).listener.gone("ended");
    await stage.pool.close();
    expect(stage.said).toEqual([]);
  });
});
