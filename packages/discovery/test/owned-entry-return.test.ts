import { beforeEach, describe, expect, it } from "vitest";
import { OwnedEntry } from "../src/entry/owned-entry.js";
import { keepingLimits } from "../src/internal.js";
import { counted } from "./counted.js";
import type { SimulatedClient } from "./simulation/simulated-client.js";
import { World } from "./simulation/world.js";

const clientsCount = 200;
const entriesEach = 2;

let world: World;
let clients: readonly SimulatedClient[];
/** Of each operation when it was asked for, and by which client. */
let asked: { readonly at: number; readonly client: number }[];

beforeEach(async () => {
  world = new World(7);
  asked = [];
  clients = Array.from({ length: clientsCount }, () => world.store.client());
  const started = clients.flatMap((client, number) =>
    Array.from({ length: entriesEach }, (_, index) => {
      const nonce = `${number}-${index}`;
      const options = { key: `/a/e${nonce}`, value: { nonce }, nonce, what: "an entry" };
      return new OwnedEntry(
        counted(client, () => asked.push({ at: world.clock.now(), client: number })),
        { ...world.surroundings, ...options },
      ).start();
    }),
  );
  await world.settle();
  await Promise.all(started);
  await world.pass(10_000);
});

/** The most operations that fall into one such part of the time. */
function busiest(partMs: number): number {
  const parts = new Map<number, number>();
  for (const { at } of asked) parts.set(Math.floor(at / partMs), (parts.get(Math.floor(at / partMs)) ?? 0) + 1);
  return Math.max(...parts.values());
}

async function away(ms: number): Promise<void> {
  for (const client of clients) client.cut();
  asked = [];
  for (let passed = 0; passed < ms; passed += 1000) world.clock.advance(1000);
  await world.settle();
}

describe("when the store returns to all at the same moment", () => {
  it("those whose sessions live ask nothing in the first second, and look for themselves each at a time of its own", async () => {
    await away(600_000);
    expect(asked, "nothing waits to be sent at the return").toEqual([]);
    for (const client of clients) client.reconnect();
    await world.pass(1000);
    expect(asked).toEqual([]);
    await world.pass(5000);
    const looks = clientsCount * entriesEach;
    expect(asked.length).toBeGreaterThanOrEqual(looks);
    // evenly spread over two seconds, a tenth of a second has a twentieth of them
    expect(busiest(100)).toBeLessThan(looks / 8);
  });

  it("those whose sessions are lost come back one after the other, all within 2 s, with a read and a write each", async () => {
    await away(600_000);
    for (const client of clients) client.expire();
    expect(world.store.entries.size).toBe(0);
    for (const client of clients) client.reconnect();
    await world.pass(2 * keepingLimits.returnSpreadMs);
    expect(world.store.entries.size).toBe(clientsCount * entriesEach);
    expect(asked).toHaveLength(2 * clientsCount * entriesEach);
    expect(busiest(25)).toBeLessThan(asked.length / 5);
  });
});
