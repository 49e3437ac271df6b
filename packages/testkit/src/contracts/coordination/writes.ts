import { coordinationLimits, type Operation, type Revision } from "@skylark/coordination";
import { expect, it } from "vitest";
import type { Ground } from "./ground.js";
import { WatchView } from "./watch-view.js";

export function writesContract(ground: Ground): void {
  singleWritesContract(ground);
  compareAndSetContract(ground);
  multiContract(ground);
  multiRefusalsContract(ground);
  outcomesContract(ground);
}

function singleWritesContract(ground: Ground): void {
  it("COORD-1.2 creates once: a second create is already_exists", async () => {
    const client = await ground.lasting();
    await client.create(ground.at("a"), 1);
    await expect(client.create(ground.at("a"), 2)).rejects.toMatchObject({ code: "already_exists" });
    expect((await client.get(ground.at("a")))?.value).toBe(1);
  });

  it("COORD-1.2 creates where only a way to other entries was", async () => {
    const client = await ground.lasting();
    await client.create(ground.at("a/b"), 1);
    expect(await client.create(ground.at("a"), 2)).toMatchObject({ value: 2 });
    expect((await client.get(ground.at("a/b")))?.value).toBe(1);
  });

  it("COORD-1.2 one of many creates at the same instant wins", async () => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => ground.lasting()));
    const outcomes = await Promise.allSettled(clients.map((client, n) => client.create(ground.at("x/y"), n)));
    const won = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    expect(won).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "already_exists" });
    expect(await clients[0]?.get(ground.at("x/y"), { fresh: true })).toEqual(won[0]);
  });

  it("COORD-1.9 puts whether or not an entry exists, and each write has another revision", async () => {
    const client = await ground.lasting();
    const revisions = new Set<string>();
    for (const value of [1, 1, 2]) revisions.add((await client.put(ground.at("a"), value)).revision);
    expect(revisions.size).toBe(3);
    expect(revisions).toContain((await client.get(ground.at("a")))?.revision);
  });

  it("COORD-1.9 writing an entry leaves the revisions of its parent and its neighbours alone", async () => {
    const client = await ground.lasting();
    const parent = await client.create(ground.at("a"), 1);
    const neighbour = await client.create(ground.at("a/n"), 1);
    await client.create(ground.at("a/b"), 1);
    await client.put(ground.at("a/b"), 2);
    await client.delete(ground.at("a/b"));
    expect(await client.get(ground.at("a"))).toEqual(parent);
    expect(await client.get(ground.at("a/n"))).toEqual(neighbour);
  });

  it("COORD-1.10 deletes one entry and says whether there was one; entries below stay", async () => {
    const client = await ground.lasting();
    await client.create(ground.at("a"), 1);
    await client.create(ground.at("a/b"), 2);
    expect(await client.delete(ground.at("a"))).toBe(true);
    expect(await client.delete(ground.at("a"))).toBe(false);
    expect(await client.delete(ground.at("nowhere/at/all"))).toBe(false);
    expect(await client.get(ground.at("a"))).toBeUndefined();
    expect((await client.get(ground.at("a/b")))?.value).toBe(2);
  });
}

function compareAndSetContract(ground: Ground): void {
  const aborted = { code: "aborted" };

  it("COORD-1.5 writes over the very revision it was given, and no other", async () => {
    const client = await ground.lasting();
    const first = await client.create(ground.at("a"), 1);
    const second = await client.put(ground.at("a"), 2, { revision: first.revision });
    await expect(client.put(ground.at("a"), 3, { revision: first.revision })).rejects.toMatchObject(aborted);
    await expect(client.delete(ground.at("a"), { revision: first.revision })).rejects.toMatchObject(aborted);
    expect(await client.get(ground.at("a"))).toEqual(second);
    expect(await client.delete(ground.at("a"), { revision: second.revision })).toBe(true);
  });

  it("COORD-1.5 aborts where the entry is gone", async () => {
    const client = await ground.lasting();
    const { revision } = await client.create(ground.at("a"), 1);
    await client.delete(ground.at("a"));
    await expect(client.put(ground.at("a"), 2, { revision })).rejects.toMatchObject(aborted);
    await expect(client.delete(ground.at("a"), { revision })).rejects.toMatchObject(aborted);
    expect(await client.get(ground.at("a"))).toBeUndefined();
  });

  it.each([false, true])("COORD-1.9 aborts where the entry was made again since (ephemeral: %s)", async (ephemeral) => {
    const client = await ground.lasting();
    const old = await client.create(ground.at("a/b"), 1, { ephemeral });
    await client.delete(ground.at("a/b"));
    const current = await client.create(ground.at("a/b"), 1, { ephemeral });
    expect(current.revision).not.toBe(old.revision);
    const { revision } = old;
    await expect(client.put(ground.at("a/b"), 2, { revision })).rejects.toMatchObject(aborted);
    await expect(client.delete(ground.at("a/b"), { revision })).rejects.toMatchObject(aborted);
    await expect(client.multi([{ kind: "check", key: ground.at("a/b"), revision }])).rejects.toMatchObject(aborted);
    expect(await client.get(ground.at("a/b"))).toEqual(current);
  });

  it("COORD-1.5 many clients count together without losing one", async () => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => ground.lasting()));
    await clients[0]?.create(ground.at("n"), 0);
    await Promise.all(
      clients.map(async (client) => {
        for (let counted = 0; counted < 10; ) {
          const entry = await client.get(ground.at("n"), { fresh: true });
          if (entry === undefined) throw new Error("the counter is gone");
          const { value, revision } = entry;
          const written = client.put(ground.at("n"), Number(value) + 1, { revision });
          counted += await written.then(
            () => 1,
            () => 0,
          );
        }
      }),
    );
    expect((await clients[0]?.get(ground.at("n"), { fresh: true }))?.value).toBe(40);
  });

  it("COORD-1.9 a write over an old revision never lands on the entry made anew, however late", async () => {
    const [maker, rival] = [await ground.lasting(), await ground.lasting()];
    const restore = ground.fixture.delayReplies?.(rival);
    for (let n = 0; n < 6; n += 1) {
      const key = ground.at(`a/${n}`);
      const { revision } = await maker.create(key, "old", { ephemeral: n % 2 === 0 });
      const late = rival.put(key, "late", { revision }).then(
        () => undefined,
        (error: unknown) => error,
      );
      await maker.delete(key);
      await maker.create(key, "anew", { ephemeral: n % 2 === 0 });
      const refusal = await late;
      if (refusal !== undefined) expect(refusal).toMatchObject(aborted);
      expect((await maker.get(key, { fresh: true }))?.value).toBe("anew");
    }
    restore?.();
  });
}

function multiContract(ground: Ground): void {
  it("COORD-1.7 does all of a multi and answers with its creates and puts, in order", async () => {
    const client = await ground.lasting();
    const gone = await client.create(ground.at("gone"), 1);
    const kept = await client.create(ground.at("kept"), 1);
    const entries = await client.multi([
      { kind: "check", key: ground.at("kept"), revision: kept.revision },
      { kind: "check", key: ground.at("absent"), revision: undefined },
      { kind: "create", key: ground.at("x/new"), value: 1 },
      { kind: "delete", key: ground.at("gone"), revision: gone.revision },
      { kind: "delete", key: ground.at("never") },
      { kind: "put", key: ground.at("x/put"), value: 2 },
      { kind: "create", key: ground.at("x/mine"), value: 3, ephemeral: true },
    ]);
    expect(entries.map(({ key, value }) => [key, value])).toEqual([
      [ground.at("x/new"), 1],
      [ground.at("x/put"), 2],
      [ground.at("x/mine"), 3],
    ]);
    expect(await client.list(ground.at("x"))).toEqual([entries[2], entries[0], entries[1]]);
    expect(await client.get(ground.at("gone"))).toBeUndefined();
    expect(await client.get(ground.at("kept"))).toEqual(kept);
    expect(await client.children(ground.at(""))).toEqual(["kept", "x"]);
  });

  const old = () => ground.at("old");
  const failing: [string, string, (other: Revision) => Operation][] = [
    ["aborted", "a check of another revision", (revision) => ({ kind: "check", key: old(), revision })],
    ["aborted", "a check that there is none", () => ({ kind: "check", key: old(), revision: undefined })],
    ["aborted", "a check of what is absent", (revision) => ({ kind: "check", key: ground.at("absent"), revision })],
    ["aborted", "a put over another revision", (revision) => ({ kind: "put", key: old(), value: 2, revision })],
    ["aborted", "a delete of another revision", (revision) => ({ kind: "delete", key: old(), revision })],
    ["already_exists", "a create of what exists", () => ({ kind: "create", key: old(), value: 2 })],
  ];
  it.each(failing)("COORD-1.7 does nothing of a multi that is %s by %s", async (code, _, operation) => {
    const client = await ground.lasting();
    const foreign = await client.create(ground.at("foreign"), 1);
    await client.create(old(), 1);
    // a revision of the right form, but of another entry
    const misfit = operation(foreign.revision);
    const operations: Operation[] = [
      { kind: "create", key: ground.at("before"), value: 1 },
      misfit,
      { kind: "create", key: ground.at("after"), value: 1 },
      { kind: "delete", key: ground.at("foreign") },
    ];
    const message: unknown = expect.stringContaining(misfit.key);
    await expect(client.multi(operations)).rejects.toMatchObject({ code, message });
    expect((await client.list(ground.at(""))).map(({ key, value }) => [key, value])).toEqual([
      [ground.at("foreign"), 1],
      [ground.at("old"), 1],
    ]);
  });
}

function multiRefusalsContract(ground: Ground): void {
  const refused = { code: "invalid_argument" };

  it("COORD-1.7 takes 64 operations in 64 folders and refuses 65", async () => {
    const client = await ground.lasting();
    const creates = (count: number, folder: string): Operation[] =>
      Array.from({ length: count }, (_, n) => ({
        kind: "create",
        key: ground.at(`${folder}/${n}/e`),
        value: n,
        ephemeral: n % 2 === 0,
      }));
    const { operationsMax } = coordinationLimits;
    expect(await client.multi(creates(operationsMax, "a"))).toHaveLength(operationsMax);
    expect(await client.children(ground.at("a"))).toHaveLength(operationsMax);
    await expect(client.multi(creates(operationsMax + 1, "b"))).rejects.toMatchObject(refused);
    expect(await client.children(ground.at("b"))).toEqual([]);
    expect(await client.multi([])).toEqual([]);
  });

  it("COORD-1.7 refuses a multi that names a key twice", async () => {
    const client = await ground.lasting();
    const twice: Operation[] = [
      { kind: "put", key: ground.at("a"), value: 1 },
      { kind: "delete", key: ground.at("a") },
    ];
    await expect(client.multi(twice)).rejects.toMatchObject(refused);
    expect(await client.get(ground.at("a"))).toBeUndefined();
  });
}

function outcomesContract(ground: Ground): void {
  it("COORD-1.11 gives up when its signal says so", async () => {
    const client = await ground.lasting();
    const signal = AbortSignal.abort();
    await expect(client.get(ground.at("a"), { signal })).rejects.toMatchObject({ code: "cancelled" });
    await expect(client.put(ground.at("a"), 1, { signal })).rejects.toMatchObject({ code: "cancelled" });
    expect(await client.get(ground.at("a"))).toBeUndefined();
  });

  it("COORD-1.11 gives up on a silent store at its time-out, or when told", async (context) => {
    const stall = ground.needs("stall", context);
    const client = await ground.lasting();
    const resume = stall(client);
    const abort = new AbortController();
    const told = client.get(ground.at("a"), { signal: abort.signal, timeoutMs: 60_000 });
    await expect(client.get(ground.at("a"), { timeoutMs: 50 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    await expect(client.put(ground.at("a"), 1, { timeoutMs: 50 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    abort.abort();
    await expect(told).rejects.toMatchObject({ code: "cancelled" });
    resume();
    await client.put(ground.at("b"), 1);
  });

  it("COORD-1.11 a write whose connection is lost is done or unknown, and never tried twice in secret", async (context) => {
    const cutConnection = ground.needs("cutConnection", context);
    const [client, witness] = [await ground.lasting(), await ground.lasting()];
    const view = new WatchView(witness, ground.at(""));
    for (let n = 0; n < 6; n += 1) {
      const restore = ground.fixture.delayReplies?.(client);
      const writing = client.create(ground.at(`k${n}`), n).then(
        (entry) => entry.value,
        (error: unknown) => error,
      );
      // by now it is done, and the answer is on its way
      await view.until(() => view.entries.has(ground.at(`k${n}`)));
      await cutConnection(client);
      restore?.();
      const outcome = await writing;
      if (outcome !== n) expect(outcome).toMatchObject({ code: "unavailable", reason: "CONNECTION_LOST" });
      expect((await client.get(ground.at(`k${n}`)))?.value).toBe(n);
    }
  });
}
