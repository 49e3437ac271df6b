import { rmSync } from "node:fs";
import { join } from "node:path";
import { randomIndex, seededRandom } from "@skylark/core/internal";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type Coordination, type HeldLock, lock, openCoordination } from "../../src/index.js";
import { hostHere, openClient } from "../embedded/clients.js";
import { temporaryFolder } from "../temporary-folder.js";

const rounds = process.env["SKYLARK_FULL"] ? 100 : 10;
const lasting = { ttlMs: 20_000 };

/** Whoever hosts the store, one after another. */
class Hosts {
  readonly home = temporaryFolder();
  #host: Coordination | undefined;

  constructor() {
    onTestFinished(() => this.#host?.close());
  }

  async takeOver(): Promise<void> {
    await this.#host?.close();
    this.#host = await openCoordination({ home: this.home, startHost: hostHere(), openTimeoutMs: 60_000, ...lasting });
  }

  /** The folder goes while the store runs: its host steps down, and the next one begins with nothing. */
  async wipe(): Promise<void> {
    rmSync(join(this.home, "store-v1"), { recursive: true, force: true });
    await this.takeOver();
  }
}

describe("a lock whose store moves to another process", () => {
  it(`COORD-6.3 COORD-6.4 stays with its holder, and tokens only grow (${rounds} rounds)`, async () => {
    const hosts = new Hosts();
    await hosts.takeOver();
    const random = seededRandom(11);
    const clients = await Promise.all([1, 2, 3].map(() => openClient({ home: hosts.home, host: false, ...lasting })));
    const tokens: number[] = [];
    let inside: HeldLock | undefined;
    let left = rounds;
    const compete = async (client: Coordination): Promise<void> => {
      while (left-- > 0) {
        const held = await lock(client, "/lock", { waitMs: 120_000 });
        expect(inside).toBeUndefined();
        inside = held;
        tokens.push(held.token);
        const moment = randomIndex(random, 3);
        if (moment === 0) await hosts.takeOver();
        await client.get("/lock", { fresh: true, timeoutMs: 60_000 });
        held.assertHeld();
        inside = undefined;
        const releasing = held.release();
        if (moment === 1) await hosts.takeOver();
        await releasing;
      }
    };
    await Promise.all(clients.map(compete));
    expect(tokens).toHaveLength(rounds);
    expect(tokens).toEqual([...new Set(tokens)].toSorted((a, b) => a - b));
    expect(await clients[0]?.list("/lock", { fresh: true })).toEqual([]);
  }, 120_000);

  it("is told of a store that was wiped when its client meets the next one, where tokens begin at 1 again", async () => {
    const hosts = new Hosts();
    await hosts.takeOver();
    const client = await openClient({ home: hosts.home, host: false, ...lasting });
    await (await lock(client, "/lock")).release();
    const held = await lock(client, "/lock");
    expect(held.token).toBe(2);
    await hosts.wipe();
    await vi.waitUntil(() => held.lost.aborted, { timeout: 40_000 });
    expect(held.lost.reason).toMatchObject({ reason: "SESSION_EXPIRED" });
    await held.release();
    await using again = await lock(client, "/lock");
    expect(again.token).toBe(1);
  });
});
