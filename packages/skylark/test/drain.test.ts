import { connect, type DrainReceipt, serve } from "skylark";
import { describe, expect, it } from "vitest";
import { World } from "./world.js";

/** A service whose calls end when the test says so. */
class Gate {
  readonly #held: (() => void)[] = [];
  answered = 0;
  #wanted = 0;
  #enough: () => void = () => {};

  readonly functions = {
    hold: (id: number) =>
      new Promise<number>((resolve) => {
        this.#held.push(() => resolve(id));
        if (this.#held.length >= this.#wanted) this.#enough();
      }),
    quick: async (id: number) => {
      this.answered++;
      return id;
    },
  };

  /** Resolves when so many calls are held. */
  async holding(count: number): Promise<void> {
    this.#wanted = count;
    if (this.#held.length >= count) return;
    await new Promise<void>((resolve) => {
      this.#enough = resolve;
    });
  }

  open(): void {
    for (const release of this.#held.splice(0)) release();
  }

  /** Opens the gate once the drain of its service has begun: that is the next step after this callback. */
  readonly lifecycle = { unregistered: () => void setImmediate(() => this.open()) };
}

function sum(receipts: readonly DrainReceipt[], what: "finished" | "abandoned" | "told" | "acknowledged"): number {
  return receipts.reduce((total, receipt) => total + receipt[what], 0);
}

describe("LOAD-7.4 a stop with calls in flight", () => {
  it("LOAD-7.6 loses none of 200, and the figures of its receipt add up", async () => {
    const world = new World();
    const gate = new Gate();
    const { functions, lifecycle } = gate;
    const application = world.application({ settings: { drainNoticeMs: 30_000 } });
    const served = await serve("gate", functions, { application, lifecycle });
    const clients = await Promise.all(
      [1, 2].map(() => connect<typeof gate.functions>("gate", { application: world.application() })),
    );
    const calls = Array.from({ length: 200 }, (_, id) => (clients[id % 2] as (typeof clients)[0]).hold(id));
    await gate.holding(200);
    const stopping = served.stop();
    expect(served.status).toBe("draining");
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 200 }, (_, id) => id));
    const receipt = await stopping;
    expect(receipt).toMatchObject({ services: ["gate"], finished: 200, refused: 0, abandoned: 0 });
    expect(receipt).toMatchObject({ told: 2, acknowledged: 2 });
    const line = world.said.findLast(({ message }) => message.startsWith("drain receipt"));
    expect(line?.message).toBe(
      `drain receipt: "gate" left in ${receipt.tookMs} ms; 2 of 2 connected callers confirmed; 200 calls finished, 0 sent elsewhere, 0 abandoned`,
    );
  });

  it("LOAD-7.1 sends what comes after elsewhere: callers under way notice nothing", async () => {
    const world = new World();
    const gates = [new Gate(), new Gate()];
    const served = [];
    for (const { functions } of gates) {
      const application = world.application({ settings: { drainNoticeMs: 30_000 } });
      served.push(await serve("gate", functions, { application }));
    }
    const client = await connect<Gate["functions"]>("gate", {
      application: world.application(),
      readyWithinMs: 30_000,
    });
    const done = new AbortController();
    const answered: number[] = [];
    const steadily = async (first: number): Promise<void> => {
      for (let id = first; !done.signal.aborted || id < first + 10; id++) answered.push(await client.quick(id));
    };
    const callers = Array.from({ length: 20 }, (_, index) => steadily(index * 100_000));
    while (gates.some((gate) => gate.answered < 100)) await client.quick(-1);
    const receipt = await served[0]?.stop();
    done.abort();
    await Promise.all(callers);
    expect(receipt).toMatchObject({ acknowledged: receipt?.told, abandoned: 0 });
    expect(new Set(answered).size).toBe(answered.length);
    expect(served[1]?.status).toBe("registered");
  });

  it("is over after the documented time, and what had not ended is counted as abandoned", async () => {
    const world = new World();
    const gate = new Gate();
    const application = world.application({ settings: { drainTimeoutMs: 50 } });
    const served = await serve("gate", gate.functions, { application });
    const client = await connect<typeof gate.functions>("gate", { application: world.application() });
    const calls = [
      client.hold(1).catch((thrown: unknown) => thrown),
      client.hold(2).catch((thrown: unknown) => thrown),
    ];
    await gate.holding(2);
    expect(await served.stop()).toMatchObject({ finished: 0, abandoned: 2 });
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ code: "unavailable", notExecuted: false });
    }
    gate.open(); // nobody hears it
  });
});

describe("closing an application", () => {
  it("drains every service, and answers with all receipts; so do further calls", async () => {
    const world = new World();
    const gates = [new Gate(), new Gate()];
    const application = world.application({ settings: { drainNoticeMs: 30_000 } });
    for (const [index, gate] of gates.entries()) {
      await serve(`gate-${index}`, gate.functions, { application, lifecycle: gate.lifecycle });
    }
    const consumer = world.application();
    const calls = [];
    for (const [index, gate] of gates.entries()) {
      const client = await connect<Gate["functions"]>(`gate-${index}`, { application: consumer });
      calls.push(client.hold(index));
      await gate.holding(1);
    }
    const closing = application.close();
    expect(await Promise.all(calls)).toEqual([0, 1]);
    const receipts = await closing;
    expect(receipts.map(({ services }) => services.join()).toSorted()).toEqual(["gate-0", "gate-1"]);
    expect(sum(receipts, "finished")).toBe(2);
    expect(sum(receipts, "abandoned")).toBe(0);
    expect(sum(receipts, "acknowledged")).toBe(sum(receipts, "told"));
    expect(await application.close()).toBe(receipts);
    expect(await application.closed()).toBe(receipts);
  });
});
