import { type Coordination, type HeldLock, lock } from "@skylark/coordination";
import { randomIndex, seededRandom } from "@skylark/core/internal";
import { expect, it } from "vitest";
import type { Ground } from "../coordination/ground.js";
import { GuardedResource } from "./guarded-resource.js";
import { knowsItsLoss } from "./knowledge.js";

const rounds = process.env["SKYLARK_FULL"] ? 200 : 10;
const holdersAtOnce = 3;

/** What may happen to a holder's client while it holds: nothing, a cut, silence beyond the TTL, the end of its process. */
type Misfortune = "none" | "cut" | "silence" | "close";

async function suffer(ground: Ground, client: Coordination, misfortune: Misfortune): Promise<void> {
  if (misfortune === "cut") await ground.fixture.cutConnection?.(client);
  if (misfortune === "silence") await ground.fixture.expireSession(client);
  if (misfortune === "close") await client.close();
}

export function randomHoldersContract(ground: Ground): void {
  for (const seed of [1, 2]) {
    it(`COORD-6.3 COORD-6.4 never two at once by the judgement of what they guard, tokens only grow (seed ${seed})`, async () => {
      const random = seededRandom(seed);
      const resource = new GuardedResource();
      const held = new Set<HeldLock>();
      const unaware: string[] = [];
      let left = rounds;
      const misfortunes: Misfortune[] = ["none", "none", "none", "cut", "cut", "silence", "close"];
      const compete = async (): Promise<void> => {
        let client = await ground.client();
        while (left-- > 0) {
          const misfortune = misfortunes[randomIndex(random, misfortunes.length)] ?? "none";
          const mine = await lock(client, ground.at("lock"), { waitMs: 60_000 });
          for (const other of held)
            if (!knowsItsLoss(other)) unaware.push(`${other.token} believed that it held when ${mine.token} did`);
          held.add(mine);
          resource.write(mine.token);
          await suffer(ground, client, misfortune);
          if (!knowsItsLoss(mine)) resource.write(mine.token);
          held.delete(mine);
          await mine.release();
          if (misfortune === "close") client = await ground.client();
        }
      };
      await Promise.all(Array.from({ length: holdersAtOnce }, compete));
      expect({ unaware, refused: resource.refused }).toEqual({ unaware: [], refused: 0 });
      expect(resource.holders).toHaveLength(rounds);
      expect(resource.holders).toEqual([...resource.holders].toSorted((a, b) => a - b));
    });
  }
}
