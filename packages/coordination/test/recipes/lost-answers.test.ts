import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Coordination, lock, openCoordination } from "../../src/index.js";
import { openClient } from "../embedded/clients.js";
import { altered } from "./altered-client.js";
import { type Fate, lossy } from "./lossy-coordination.js";

const lasting = { ttlMs: 20_000 };
const home = mkdtempSync(join(tmpdir(), "sky-"));
let one: Coordination;
let two: Coordination;
let key = "/lock";
let tests = 0;

beforeAll(async () => {
  one = await openCoordination({ home, openTimeoutMs: 60_000, ...lasting });
  two = await openCoordination({ home, openTimeoutMs: 60_000, ...lasting });
});
beforeEach(() => {
  key = `/t${++tests}/lock`;
});
afterAll(async () => {
  await two.close();
  await one.close();
  rmSync(home, { recursive: true, force: true });
});

const fates: [what: string, fates: Fate[]][] = [
  ["the write was done", ["done"]],
  ["the write was lost", ["lost"]],
  ["the write comes while its taker reads", [{ afterReads: 1 }]],
  ["the write comes between the look and the next try", [{ afterReads: 2 }]],
  ["the write comes after a next one was done", [{ afterReads: 3 }]],
  ["all this, again and again", ["lost", { afterReads: 2 }, "lost", "done", { afterReads: 1 }]],
];

describe("taking a lock when the answer is lost", () => {
  it.each(fates)("COORD-6.3 ends with one ticket where %s", async (_, given) => {
    for (let round = 0; round < 3; round++) {
      const held = await lock(lossy(one, [...given]), key);
      held.assertHeld();
      const tickets = await two.list(key, { fresh: true });
      expect(tickets.map(({ value }) => value)).toMatchObject([{ token: held.token }]);
      expect((await two.get(key, { fresh: true }))?.value).toEqual({ token: held.token });
      await held.release();
    }
  });

  it.each(fates)("leaves no ticket where it is given up and %s", async (_, given) => {
    await (await lock(two, key)).release();
    const giving = new AbortController();
    const client = lossy(one, [...given]);
    const cutShort = altered(client, {
      multi: (...given) => {
        giving.abort(new Error("no longer wanted"));
        return client.multi(...given);
      },
    });
    await expect(lock(cutShort, key, { signal: giving.signal })).rejects.toThrow("no longer wanted");
    await using next = await lock(two, key);
    expect(next.token).toBeGreaterThan(1);
  });
});

describe("releasing a lock when the answer is lost", () => {
  it.each([
    ["done", ["answered", "done"]],
    ["lost", ["answered", "lost"]],
    ["lost twice, then done", ["answered", "lost", "lost", "done"]],
  ] as const)("lets the next one in where it was %s", async (_, given) => {
    const held = await lock(lossy(one, [...given]), key);
    await held.release();
    expect(await two.list(key, { fresh: true })).toEqual([]);
    await using next = await lock(two, key, { waitMs: 0 });
    expect(next.token).toBe(held.token + 1);
  });

  it("takes back a ticket that somebody has written over", async () => {
    const held = await lock(one, key);
    const [ticket] = await two.list(key);
    await two.put(ticket?.key ?? "/none", { ...(ticket?.value as object), remark: "seen" });
    await held.release();
    expect(await two.list(key, { fresh: true })).toEqual([]);
  });

  it("is over when the client has closed", async () => {
    const client = await openClient({ home, ...lasting });
    const held = await lock(client, key);
    await client.close();
    expect(held.lost.aborted).toBe(true);
    await held.release();
    await using next = await lock(two, key, { waitMs: 0 });
    expect(next.token).toBe(2);
  });
});

describe("a store that was wiped", () => {
  it("begins at 1 again: what has seen more refuses, until the counter is set above it", async () => {
    const first = await lock(one, key);
    await first.release();
    const seen = await lock(one, key);
    await seen.release();
    await one.delete(key); // the lasting entry that counts
    const again = await lock(one, key);
    expect(again.token).toBe(1);
    await again.release();
    await two.put(key, { token: seen.token });
    await using raised = await lock(two, key);
    expect(raised.token).toBeGreaterThan(seen.token);
  });
});
