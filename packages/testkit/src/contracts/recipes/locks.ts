import { lock } from "@skylark/coordination";
import { expect, it, vi } from "vitest";
import type { Ground } from "../coordination/ground.js";
import { WatchView } from "../coordination/watch-view.js";
import { knowsItsLoss } from "./knowledge.js";
import { lasting, patient } from "./patience.js";

export function locksContract(ground: Ground): void {
  tokensContract(ground);
  queueContract(ground);
  lossContract(ground);
  lostAnswersContract(ground);
}

function tokensContract(ground: Ground): void {
  it("COORD-6.3 each holder has a larger token than any before it, whoever held and however holding ended", async () => {
    const [one, two] = [await ground.client(lasting), await ground.client(lasting)];
    const tokens: number[] = [];
    for (const client of [one, two, one, two]) {
      await using held = await lock(client, ground.at("lock"));
      held.assertHeld();
      tokens.push(held.token);
    }
    const doomed = await ground.client(lasting);
    tokens.push((await lock(doomed, ground.at("lock"))).token);
    await doomed.close();
    await using last = await lock(one, ground.at("lock"));
    tokens.push(last.token);
    expect(tokens).toEqual([...new Set(tokens)].toSorted((a, b) => a - b));
  });

  it("COORD-6.3 the token is raised in the store before it is handed out, and stays there", async () => {
    const [one, witness] = [await ground.client(lasting), await ground.client(lasting)];
    const held = await lock(one, ground.at("lock"));
    expect((await witness.get(ground.at("lock"), { fresh: true }))?.value).toEqual({ token: held.token });
    const [ticket] = await witness.list(ground.at("lock"), { fresh: true });
    expect(ticket?.owner).toBe("id" in one.session ? one.session.id : "none");
    await one.close();
    expect(await witness.list(ground.at("lock"), { fresh: true })).toEqual([]);
    expect((await witness.get(ground.at("lock"), { fresh: true }))?.value).toEqual({ token: held.token });
  });

  it("refuses a key that is in other use", async () => {
    const client = await ground.client(lasting);
    await client.create(ground.at("lock"), "mine");
    await expect(lock(client, ground.at("lock"))).rejects.toMatchObject({ code: "failed_precondition" });
    expect((await client.get(ground.at("lock")))?.value).toBe("mine");
  });
}

function queueContract(ground: Ground): void {
  it("first come, first served: each waits for the one before it alone", async () => {
    const client = await ground.client(lasting);
    const held = await lock(client, ground.at("lock"));
    const served: number[] = [];
    const view = new WatchView(client, ground.at("lock"));
    const waiting: Promise<void>[] = [];
    for (let number = 0; number < 5; number += 1) {
      waiting.push(
        lock(client, ground.at("lock")).then(async (next) => {
          served.push(number);
          await next.release();
        }),
      );
      await view.until(() => view.entries.size === number + 3); // the counter, the holder, and who waits
    }
    await held.release();
    await Promise.all(waiting);
    expect(served).toEqual([0, 1, 2, 3, 4]);
    expect(view.broken).toEqual([]);
  });

  it("many who come at once are all served, one after another", async () => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => ground.client(lasting)));
    let inside = 0;
    const tokens: number[] = [];
    await Promise.all(
      Array.from({ length: 12 }, async (_, number) => {
        await using held = await lock(clients[number % 4] ?? clients[0]!, ground.at("lock"), { waitMs: 60_000 });
        expect(++inside).toBe(1);
        tokens.push(held.token);
        await clients[0]?.get(ground.at("lock"));
        inside -= 1;
      }),
    );
    expect(tokens).toHaveLength(12);
    expect(tokens).toEqual([...tokens].toSorted((a, b) => a - b));
  });

  it("gives up in time, or when told, and leaves nothing in the queue", async () => {
    const [one, two] = [await ground.client(lasting), await ground.client(lasting)];
    const held = await lock(one, ground.at("lock"), { holder: "first" });
    await expect(lock(two, ground.at("lock"), { waitMs: 0 })).rejects.toThrow('held by "first"');
    await expect(lock(two, ground.at("lock"), { waitMs: 300 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    const tickets = async (): Promise<number> => (await two.list(ground.at("lock"), { fresh: true })).length;
    await vi.waitUntil(async () => (await tickets()) === 1, patient); // the one given up is taken back unattended
    const leaving = new AbortController();
    const waiting = lock(two, ground.at("lock"), { signal: leaving.signal });
    await vi.waitUntil(async () => (await tickets()) === 2, patient);
    leaving.abort(new Error("no longer wanted"));
    await expect(waiting).rejects.toThrow("no longer wanted");
    await vi.waitUntil(async () => (await tickets()) === 1, patient);
    await held.release();
    await using free = await lock(two, ground.at("lock"), { waitMs: 0 });
    expect(free.token).toBeGreaterThan(held.token);
  });

  it("one who waits and loses the session takes another ticket, and is served", async () => {
    const [one, two] = [await ground.client(lasting), await ground.client()];
    const held = await lock(one, ground.at("lock"));
    const waiting = lock(two, ground.at("lock"), { waitMs: 60_000 });
    await vi.waitUntil(async () => (await one.list(ground.at("lock"), { fresh: true })).length === 2, patient);
    await ground.fixture.expireSession(two);
    await vi.waitUntil(async () => (await one.list(ground.at("lock"), { fresh: true })).length === 2, patient);
    await held.release();
    await using next = await waiting;
    expect(next.token).toBeGreaterThan(held.token);
  });
}

function lossContract(ground: Ground): void {
  it("COORD-6.4 a holder whose session is in doubt is told before the next one holds", async (context) => {
    const stall = ground.needs("stall", context);
    const [one, two] = [await ground.client(), await ground.client(lasting)];
    const held = await lock(one, ground.at("lock"));
    const waiting = lock(two, ground.at("lock"), { waitMs: 60_000 });
    const resume = stall(one);
    const next = await waiting;
    const known = knowsItsLoss(held);
    resume();
    expect(known).toBe(true);
    expect(held.lost.reason).toMatchObject({ reason: "SESSION_EXPIRED" });
    expect(next.token).toBeGreaterThan(held.token);
    await next.release();
  });

  it("COORD-6.4 whenever its ticket is seen to be gone, it knows already", async (context) => {
    const stall = ground.needs("stall", context);
    const [one, witness] = [await ground.client(), await ground.client(lasting)];
    const held = await lock(one, ground.at("lock"));
    await witness.list(ground.at("lock"), { fresh: true }); // from here on it sees no earlier state
    const isThere = (entries: ReadonlyMap<string, unknown>): boolean => entries.size === 2;
    const view = new WatchView(witness, ground.at("lock"), (entries) => isThere(entries) || knowsItsLoss(held));
    await view.until(() => isThere(view.entries));
    const resume = stall(one);
    await view.until(() => !isThere(view.entries));
    resume();
    expect(view.broken).toEqual([]);
    await vi.waitUntil(() => held.lost.aborted, patient);
  });

  it("a connection that comes and goes takes nothing away", async (context) => {
    const cutConnection = ground.needs("cutConnection", context);
    const client = await ground.client(lasting);
    await using held = await lock(client, ground.at("lock"));
    for (let cut = 0; cut < 3; cut += 1) {
      await cutConnection(client);
      await client.get(ground.at("lock"), { fresh: true });
    }
    held.assertHeld();
    expect(held.lost.aborted).toBe(false);
  });

  it("a holder whose ticket is taken away by hand is told", async () => {
    const [one, operator] = [await ground.client(lasting), await ground.client(lasting)];
    const held = await lock(one, ground.at("lock"));
    const [ticket] = await operator.list(ground.at("lock"), { fresh: true });
    await operator.delete(ticket?.key ?? "/none");
    await vi.waitUntil(() => held.lost.aborted, patient);
    expect(String(held.lost.reason)).toContain("was removed");
    await held.release();
  });

  it("releasing leaves alone what is another's at the same key, as after a store was wiped", async () => {
    const [one, two] = [await ground.client(lasting), await ground.client(lasting)];
    const held = await lock(one, ground.at("lock"));
    const [ticket] = await two.list(ground.at("lock"), { fresh: true });
    const key = ticket?.key ?? "/none";
    await two.delete(key);
    await two.create(key, { token: held.token, nonce: "another", holder: "another" }, { ephemeral: true });
    await held.release();
    expect((await two.get(key, { fresh: true }))?.value).toMatchObject({ nonce: "another" });
  });

  it("after a loss nothing is left that keeps others out, once it is released", async () => {
    const [one, two] = [await ground.client(), await ground.client(lasting)];
    const held = await lock(one, ground.at("lock"));
    await ground.fixture.expireSession(one);
    await vi.waitUntil(() => held.lost.aborted, patient);
    await held.release();
    await held.release();
    await using next = await lock(two, ground.at("lock"), { waitMs: 60_000 });
    expect(next.token).toBeGreaterThan(held.token);
  });
}

function lostAnswersContract(ground: Ground): void {
  it("a lost answer while taking is resolved by reading: one ticket, or none that stays", async (context) => {
    const [stall, cutConnection] = [ground.needs("stall", context), ground.needs("cutConnection", context)];
    const [one, witness] = [await ground.client(lasting), await ground.client(lasting)];
    for (let round = 0; round < 6; round += 1) {
      const taking = lock(one, ground.at("lock"), { waitMs: 60_000 });
      const view = new WatchView(witness, ground.at("lock"));
      // at even rounds the write is done and its answer held back, at odd ones the write itself
      if (round % 2 === 0 && ground.fixture.delayReplies) {
        const hasten = ground.fixture.delayReplies(one);
        await view.until(() => view.entries.size === 2);
        await cutConnection(one);
        hasten();
      } else {
        const resume = stall(one);
        await cutConnection(one);
        resume();
      }
      await using held = await taking;
      held.assertHeld();
      const tickets = await witness.list(ground.at("lock"), { fresh: true });
      expect(tickets.map(({ value }) => value)).toMatchObject([{ token: held.token }]);
      view.close();
    }
  });

  it("a lost answer while releasing is resolved by reading: the next one is let in", async (context) => {
    const cutConnection = ground.needs("cutConnection", context);
    const [one, two] = [await ground.client(lasting), await ground.client(lasting)];
    for (let round = 0; round < 5; round += 1) {
      const held = await lock(one, ground.at("lock"));
      const releasing = held.release();
      await cutConnection(one);
      await releasing;
      await using next = await lock(two, ground.at("lock"), { waitMs: 60_000 });
      expect(next.token).toBeGreaterThan(held.token);
    }
  });

  it("one who gives up while the answer is lost leaves no ticket behind", async (context) => {
    const [stall, cutConnection] = [ground.needs("stall", context), ground.needs("cutConnection", context)];
    const [one, two] = [await ground.client(lasting), await ground.client(lasting)];
    await lock(two, ground.at("lock")).then((held) => held.release());
    const leaving = new AbortController();
    const taking = lock(one, ground.at("lock"), { signal: leaving.signal });
    taking.catch(() => {});
    const resume = stall(one);
    leaving.abort(new Error("no longer wanted"));
    await expect(taking).rejects.toThrow("no longer wanted");
    await cutConnection(one);
    resume();
    await using next = await lock(two, ground.at("lock"), { waitMs: 60_000 });
    expect(next.token).toBeGreaterThan(1);
  });
}
