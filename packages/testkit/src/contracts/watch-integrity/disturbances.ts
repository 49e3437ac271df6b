import { setTimeout as pause } from "node:timers/promises";
import type { Coordination } from "@skylark/coordination";
import { type Random, randomIndex } from "@skylark/core/internal";
import type { Fault } from "../../faults/strikes.js";
import type { CoordinationFixture } from "../coordination/fixture.js";

/** Longer than any engine takes to find another member on a busy machine. */
const answeredMsMax = 30_000;

interface Clients {
  readonly writing: readonly Coordination[];
  readonly watching: readonly Coordination[];
}

/** What may go wrong under an engine, as far as its fixture can do it. */
export function disturbances(fixture: CoordinationFixture, { writing, watching }: Clients): Fault[] {
  const one = (clients: readonly Coordination[], random: Random) =>
    clients[randomIndex(random, clients.length)] as Coordination;
  const cut = fixture.cutConnection?.bind(fixture);
  const stall = fixture.stall?.bind(fixture);
  const forgetHistory = fixture.forgetHistory?.bind(fixture);
  const expire = async (client: Coordination): Promise<void> => {
    await answered(client); // it may have been cut a moment ago, and the fixture writes by it
    await fixture.expireSession(client);
  };
  const faults: Fault[] = [
    { name: "watcher expired", strike: (random) => expire(one(watching, random)) },
    {
      name: "two writers expired",
      strike: async (random) => {
        const first = randomIndex(random, writing.length);
        const second = (first + 1) % writing.length;
        await Promise.all([first, second].map((at) => expire(writing[at] as Coordination)));
      },
    },
  ];
  if (cut) {
    faults.push(
      { name: "watcher cut", strike: (random) => cut(one(watching, random)) },
      {
        name: "all watchers cut",
        strike: async () => void (await Promise.all(watching.map((each) => cut(each)))),
      },
      { name: "writer cut", strike: (random) => cut(one(writing, random)) },
    );
  }
  if (cut && stall) {
    /** Nothing reaches a watcher for a while, then its connection is gone: what happened meanwhile it has to find out. */
    const away = async (random: Random, meanwhile: () => Promise<void>): Promise<void> => {
      const client = one(watching, random);
      const resume = stall(client);
      await pause(20 + randomIndex(random, 80));
      await meanwhile();
      await cut(client);
      resume();
    };
    faults.push({ name: "watcher away", strike: (random) => away(random, async () => {}) });
    if (forgetHistory) faults.push({ name: "history forgotten", strike: (random) => away(random, forgetHistory) });
  }
  return faults;
}

/** Resolves when the client has reached the store again. */
async function answered(client: Coordination): Promise<void> {
  const until = performance.now() + answeredMsMax;
  for (;;) {
    try {
      await client.get("/answered", { fresh: true });
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await pause(50);
    }
  }
}
