import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deferred } from "@skylark/core/internal";
import { type CoordinationFixture, Gate } from "@skylark/testkit";
import { type Coordination, openCoordination } from "../../src/index.js";

/** One process hosts, in its thread; the clients under test join over connections that can be cut and held up. */
export async function openEmbedded(): Promise<CoordinationFixture> {
  const home = mkdtempSync(join(tmpdir(), "sky-"));
  const witness = await openCoordination({ home });
  const gates = new Map<Coordination, Gate>();
  const gateOf = (client: Coordination) => gates.get(client) as Gate;
  let marks = 0;
  return {
    ttlMs: 500,
    async client({ ttlMs = 500 } = {}) {
      const gate = new Gate();
      const client = await openCoordination({ home, ttlMs, host: false, transport: gate });
      gates.set(client, gate);
      return client;
    },
    async expireSession(client) {
      const mark = `/fixture/${++marks}`;
      await client.create(mark, null, { ephemeral: true });
      const gone = deferred();
      const watch = witness.watch(mark, (event) => {
        if (event.kind === "changes" && event.changes[0]?.kind === "deleted") gone.resolve();
      });
      const resume = gateOf(client).stall();
      await gone.promise;
      watch.close();
      resume();
    },
    cutConnection: async (client) => gateOf(client).cut(),
    stall: (client) => gateOf(client).stall(),
    forgetHistory: async () => {}, // it keeps none
    async dispose() {
      await witness.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
