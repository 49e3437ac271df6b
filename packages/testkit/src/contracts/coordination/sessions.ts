import type { SessionStatus } from "@skylark/coordination";
import { expect, it, vi } from "vitest";
import { type Ground, SessionRecord } from "./ground.js";
import { WatchView } from "./watch-view.js";

export function sessionsContract(ground: Ground): void {
  statusContract(ground);
  certaintyContract(ground);
  ephemeralContract(ground);
  ephemeralShapeContract(ground);
}

const followers: Record<SessionStatus["kind"], SessionStatus["kind"][]> = {
  connecting: ["established", "closed"],
  established: ["suspended", "expired", "closed"],
  suspended: ["established", "expired", "closed"],
  expired: ["connecting", "established", "closed"],
  closed: [],
};

function expectAllowed(statuses: readonly SessionStatus[]): void {
  for (const [index, status] of statuses.entries()) {
    const before = statuses[index - 1];
    if (before !== undefined) expect(followers[before.kind]).toContain(status.kind);
  }
}

function idOf(status: SessionStatus | undefined): string | undefined {
  return status !== undefined && "id" in status ? status.id : undefined;
}

function idsOf({ statuses }: SessionRecord, wanted: SessionStatus["kind"]): (string | undefined)[] {
  return statuses.filter(({ kind }) => kind === wanted).map(idOf);
}

function statusContract(ground: Ground): void {
  it("COORD-2.1 a session is established with an id of its own and the TTL that was granted", async () => {
    const [one, two] = [await ground.lasting(), await ground.lasting()];
    expect(one.session).toMatchObject({ kind: "established" });
    expect(idOf(one.session)).not.toBe(idOf(two.session));
    if (one.session.kind === "established") expect(one.session.ttlMs).toBeGreaterThanOrEqual(ground.fixture.ttlMs);
  });

  it("COORD-2.1 a session outlives its connection, under the same id and with its entries", async (context) => {
    const cutConnection = ground.needs("cutConnection", context);
    const [client, witness] = [await ground.lasting(), await ground.lasting()];
    const record = new SessionRecord(client);
    const mine = await client.create(ground.at("mine"), 1, { ephemeral: true });
    await cutConnection(client);
    // a connection that is back before anybody missed it need not be told of
    expect(await client.get(ground.at("mine"))).toEqual(mine);
    await record.until((seen) => seen.at(-1)?.kind === "established");
    expectAllowed(record.statuses);
    expect(record.statuses.map(({ kind }) => kind)).not.toContain("expired");
    expect(idOf(client.session)).toBe(mine.owner);
    expect(await witness.get(ground.at("mine"), { fresh: true })).toEqual(mine);
  });

  it("COORD-2.2 an expired session is told as such, and another follows by itself", async () => {
    const client = await ground.client();
    const record = new SessionRecord(client);
    const before = idOf(client.session);
    await ground.fixture.expireSession(client);
    await record.until((seen) => seen.at(-1)?.kind === "established" && idOf(seen.at(-1)) !== before);
    expectAllowed(record.statuses);
    // on a busy machine the next may expire as well: each that another follows is told as expired, once
    const sessions = new Set(idsOf(record, "established"));
    expect(idsOf(record, "expired")).toEqual([...sessions].slice(0, -1));
    const again = await client.create(ground.at("again"), 1, { ephemeral: true });
    expect(again.owner).not.toBe(before);
    expect(idsOf(record, "established")).toContain(again.owner);
  });

  it("COORD-2.1 a session whose client is alive outlives its TTL", async () => {
    const ttlMs = 6000; // a renewal may be late by whatever keeps a busy machine from it
    const [client, other, witness] = [
      await ground.client({ ttlMs }),
      await ground.client({ ttlMs }),
      await ground.lasting(),
    ];
    const record = new SessionRecord(client);
    await client.create(ground.at("mine"), 1, { ephemeral: true });
    // another session's expiry is the clock: it cannot come before one TTL has passed
    await ground.fixture.expireSession(other);
    expect(record.statuses.map(({ kind }) => kind)).not.toContain("expired");
    expect(await witness.get(ground.at("mine"), { fresh: true })).toBeDefined();
  });

  it("after close nothing is done any more, and closing again is harmless", async () => {
    const client = await ground.lasting();
    const record = new SessionRecord(client);
    await client.close();
    expect(client.session).toEqual({ kind: "closed" });
    expect(record.statuses.map(({ kind }) => kind)).toEqual(["established", "closed"]);
    const refused = { code: "failed_precondition" };
    await expect(client.get(ground.at("a"))).rejects.toMatchObject(refused);
    await expect(client.put(ground.at("a"), 1)).rejects.toMatchObject(refused);
    await expect(client.multi([])).rejects.toMatchObject(refused);
    expect(() => client.watch(ground.at("a"), () => undefined)).toThrow(expect.objectContaining(refused));
    await client.close();
    await client[Symbol.asyncDispose]();
  });
}

function certaintyContract(ground: Ground): void {
  it("COORD-6.4 a session lives for certain for at most its TTL, again while it is renewed, and not at all once closed", async () => {
    const client = await ground.client();
    const ttlMs = client.session.kind === "established" ? client.session.ttlMs : ground.fixture.ttlMs;
    await vi.waitUntil(() => client.sessionRemainingMs > 0, { timeout: 50_000 });
    let before = client.sessionRemainingMs;
    expect(before).toBeLessThanOrEqual(ttlMs);
    // it falls as time passes, and rises again only by an answered renewal
    await vi.waitUntil(
      () => {
        const now = client.sessionRemainingMs;
        const renewed = now > before;
        before = now;
        return renewed;
      },
      { timeout: 50_000, interval: 20 },
    );
    await client.close();
    expect(client.sessionRemainingMs).toBe(0);
  });

  it("COORD-6.4 what is certain of a session has run out when the store drops it", async (context) => {
    const stall = ground.needs("stall", context);
    const [client, witness] = [await ground.client(), await ground.lasting()];
    const { owner } = await client.create(ground.at("mine"), 1, { ephemeral: true });
    const view = new WatchView(witness, ground.at(""));
    await view.until(() => view.entries.size === 1);
    const resume = stall(client);
    await view.until(() => view.entries.size === 0);
    // a session that follows it already is another
    const remainingMs = idOf(client.session) === owner ? client.sessionRemainingMs : 0;
    resume();
    expect(remainingMs).toBe(0);
  });

  it("COORD-9.6 the store says what it is, where this client is connected, and who keeps the data", async () => {
    const { engine, address, members, facts } = await (await ground.lasting()).status();
    expect(["embedded", "zookeeper", "etcd"]).toContain(engine);
    expect(address).not.toBe("");
    expect(members.filter(({ role }) => role === "leader")).toHaveLength(1);
    expect(facts).toBeTypeOf("object");
  });
}

function ephemeralContract(ground: Ground): void {
  it("COORD-2.3 an ephemeral entry names its owner, keeps it when anybody writes, and goes when it closes", async () => {
    const [owner, witness] = [await ground.lasting(), await ground.lasting()];
    const entry = await owner.create(ground.at("e"), 1, { ephemeral: true });
    expect(entry.owner).toBe(idOf(owner.session));
    const written = await witness.put(ground.at("e"), 2, { revision: entry.revision });
    expect(written.owner).toBe(entry.owner);
    await owner.create(ground.at("persistent"), 1);
    await owner.close();
    expect(await witness.get(ground.at("e"), { fresh: true })).toBeUndefined();
    expect((await witness.get(ground.at("persistent")))?.value).toBe(1);
  });

  it("COORD-2.4 ephemeral entries go with their session's expiry, all at the same instant", async () => {
    const [owner, witness] = [await ground.client(), await ground.lasting()];
    const view = new WatchView(witness, ground.at(""));
    await witness.create(ground.at("persistent"), 1);
    const keys = Array.from({ length: 20 }, (_, n) => ground.at(`e/${n}`));
    await owner.multi(keys.map((key) => ({ kind: "create", key, value: 1, ephemeral: true })));
    await view.until(() => view.entries.size === 21);
    const before = view.sizes.length;
    await ground.fixture.expireSession(owner);
    await view.until(() => view.entries.size === 1);
    expect(new Set([21, ...view.sizes.slice(before)])).toEqual(new Set([21, 1])); // nothing in between
    expect(await witness.children(ground.at(""), { fresh: true })).toEqual(["persistent"]);
  });

  it("COORD-2.4 an entry deleted and made again by another does not go with its first owner", async () => {
    const [first, second] = [await ground.lasting(), await ground.lasting()];
    await first.create(ground.at("e"), 1, { ephemeral: true });
    await second.delete(ground.at("e"));
    const taken = await second.create(ground.at("e"), 2, { ephemeral: true });
    await first.close();
    expect(await second.get(ground.at("e"), { fresh: true })).toEqual(taken);
  });
}

function ephemeralShapeContract(ground: Ground): void {
  const refused = { code: "failed_precondition" };

  it("COORD-2.5 has nothing below an ephemeral entry", async () => {
    const client = await ground.lasting();
    await client.create(ground.at("e"), 1, { ephemeral: true });
    await expect(client.create(ground.at("e/below"), 1)).rejects.toMatchObject(refused);
    await expect(client.put(ground.at("e/far/below"), 1)).rejects.toMatchObject(refused);
    await expect(client.create(ground.at("e/f"), 1, { ephemeral: true })).rejects.toMatchObject(refused);
    const both = [
      { kind: "create", key: ground.at("f"), value: 1, ephemeral: true },
      { kind: "create", key: ground.at("f/below"), value: 1 },
    ] as const;
    await expect(client.multi(both)).rejects.toMatchObject(refused);
    expect(await client.children(ground.at(""))).toEqual(["e"]);
  });

  it("COORD-2.5 makes no ephemeral entry above others, but one where others were", async () => {
    const client = await ground.lasting();
    await client.create(ground.at("a/b/c"), 1);
    await expect(client.create(ground.at("a"), 1, { ephemeral: true })).rejects.toMatchObject(refused);
    await client.delete(ground.at("a/b/c"));
    await client.create(ground.at("a"), 1, { ephemeral: true });
    await client.delete(ground.at("a"));
    expect((await client.create(ground.at("a/b"), 1)).owner).toBeUndefined();
  });
}
