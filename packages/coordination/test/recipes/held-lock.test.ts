import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SkylarkError } from "@skylark/core";
import { ManualClock } from "@skylark/core/internal";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Coordination, lock, type Operation, openCoordination } from "../../src/index.js";
import { altered } from "./altered-client.js";

/** For `vi.waitUntil`. */
const patient = { timeout: 30_000, interval: 10 } as const;

const ttlMs = 24_000;
const home = mkdtempSync(join(tmpdir(), "sky-"));
let client: Coordination;
let key = "/lock";
let tests = 0;

beforeAll(async () => {
  client = await openCoordination({ home, ttlMs, openTimeoutMs: 60_000 });
});
beforeEach(() => {
  key = `/t${++tests}/lock`;
});
afterAll(async () => {
  await client.close();
  rmSync(home, { recursive: true, force: true });
});

/** Takes the lock with what is certain of the session in the test's own hand. */
async function heldWith(remaining: { ms: number }, clock: ManualClock) {
  const session = altered(client, {
    get sessionRemainingMs() {
      return remaining.ms;
    },
  });
  return lock(session, key, { clock, waitMs: Number.POSITIVE_INFINITY });
}

describe("a held lock", () => {
  it("COORD-6.3 is taken by one write: the counter raised on its revision, and an ephemeral ticket of that number", async () => {
    await (await lock(client, key)).release();
    const counter = await client.get(key);
    const written: (readonly Operation[])[] = [];
    const refusing = altered(client, {
      multi: async (operations) => {
        written.push(operations);
        throw new SkylarkError("permission_denied", "enough is known");
      },
    });
    await expect(lock(refusing, key, { holder: "me" })).rejects.toThrow("enough is known");
    expect(written).toMatchObject([
      [
        { kind: "put", key, value: { token: 2 }, revision: counter?.revision },
        { kind: "create", key: `${key}/0000000000000002`, value: { token: 2, holder: "me" }, ephemeral: true },
      ],
    ]);
  });

  it("COORD-6.4 is lost a sixth of the TTL before the session could be over, and not before", async () => {
    const clock = new ManualClock();
    const remaining = { ms: ttlMs };
    const held = await heldWith(remaining, clock);
    clock.advance(19_000);
    remaining.ms = 5000;
    expect(held.lost.aborted).toBe(false);
    held.assertHeld();
    remaining.ms = 4000; // the time has passed, and no renewal was answered
    clock.advance(1000);
    expect(held.lost.aborted).toBe(true);
    expect(held.lost.reason).toMatchObject({ code: "aborted", reason: "SESSION_EXPIRED" });
    expect(() => held.assertHeld()).toThrow("its time runs out");
    await held.release();
  });

  it("COORD-6.4 stays held for as long as renewals are answered", async () => {
    const clock = new ManualClock();
    const remaining = { ms: ttlMs };
    const held = await heldWith(remaining, clock);
    for (let renewal = 0; renewal < 20; renewal++) {
      remaining.ms = ttlMs - 2000;
      clock.advance(8000);
    }
    expect(held.lost.aborted).toBe(false);
    await held.release();
    expect(() => held.assertHeld()).toThrow("was released");
    expect(clock.pending).toBe(0);
  });

  it("COORD-6.4 asserts by the clock, though a timer that should have told was late", async () => {
    const remaining = { ms: ttlMs };
    const held = await heldWith(remaining, new ManualClock()); // its timers never fire
    remaining.ms = 3999;
    expect(() => held.assertHeld()).toThrow("its time runs out");
    expect(held.lost.aborted).toBe(true);
    await held.release();
  });

  it("COORD-6.4 does not begin before the session is certain to live long enough", async () => {
    const clock = new ManualClock();
    const remaining = { ms: 4000 };
    let begun = false;
    const taking = heldWith(remaining, clock).then((held) => {
      begun = true;
      return held;
    });
    await vi.waitUntil(async () => (await client.list(key)).length === 1 && clock.pending > 0, patient);
    clock.advance(1000);
    await client.get(key, { fresh: true });
    expect(begun).toBe(false);
    remaining.ms = ttlMs;
    await vi.waitUntil(() => {
      clock.advance(25);
      return begun;
    }, patient);
    await (await taking).release();
  });

  it("leaves alone, when released, what is another's at the same key", async () => {
    const held = await lock(client, key);
    const [ticket] = await client.list(key);
    await client.delete(ticket?.key ?? "/none");
    const another = await client.create(ticket?.key ?? "/none", { token: held.token, nonce: "another", holder: 1 });
    await held.release();
    expect(await client.get(another.key)).toEqual(another);
  });

  it("is refused behind too many", async () => {
    const tickets = Array.from({ length: 1024 }, (_, number) => ({
      kind: "create" as const,
      key: `${key}/${String(number + 1).padStart(16, "0")}`,
      value: { token: number + 1, nonce: "n", holder: null },
    }));
    for (let from = 0; from < tickets.length; from += 64) await client.multi(tickets.slice(from, from + 64));
    await expect(lock(client, key)).rejects.toMatchObject({ code: "resource_exhausted" });
  });
});
