import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Coordination, openCoordination } from "@skylark/coordination";
import { type Contender, type Echo, echo } from "../contender.js";

/** Keys that are written in turn: more than are ever in flight, few enough to be a small store. */
const keys = Array.from({ length: 1024 }, (_, index) => `/bench/k${index}`);

/** Each call writes one entry of the embedded store, acknowledged when it is durable. */
export const storeWrites = storeContender(async (store, key, value) => {
  const entry = await store.put(key, { ...value });
  return entry.value as unknown as Echo;
});

/** Each call reads one entry, as it is at that instant. */
export const storeReads = storeContender(async (store, key) => {
  const entry = await store.get(key, { fresh: true });
  return entry?.value as unknown as Echo;
});

/** One process hosts, the other is a client of it. */
function storeContender(call: (store: Coordination, key: string, value: Echo) => Promise<Echo>): Contender {
  return {
    packages: ["@skylark/coordination"],
    async serve() {
      const home = mkdtempSync(join(tmpdir(), "skylark-bench-"));
      process.once("exit", () => rmSync(home, { recursive: true, force: true }));
      await openCoordination({ home });
      return { address: home };
    },
    async connect(home) {
      const store = await openCoordination({ home, host: false });
      await Promise.all(keys.map((key) => store.put(key, { ...echo })));
      let turn = 0;
      return {
        echo: (value) => call(store, keys[turn++ % keys.length] as string, value),
        close: () => store.close(),
      };
    },
  };
}
