import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { StoreStatus } from "../port.js";
import type { KnownSession } from "../protocol/messages.js";
import type { Home } from "./home.js";
import { Lock } from "./lock.js";

/** What there is to say of an embedded store, from any process of its machine. */
export function embeddedStatus({ path, folder, lock, socket }: Home, known: KnownSession | undefined): StoreStatus {
  const address = `unix://${socket}`;
  const pid = Lock.holder(lock);
  return {
    engine: "embedded",
    address,
    members: [{ address, role: "leader" }],
    facts: {
      ...(pid !== undefined && { pid }),
      ...(known && { epoch: known.epoch, store: known.storeId }),
      home: path,
      bytes: bytesIn(folder),
    },
  };
}

function bytesIn(folder: string): number {
  const sizes = readdirSync(folder, { withFileTypes: true }).map((each) =>
    each.isFile() ? (statSync(join(folder, each.name), { throwIfNoEntry: false })?.size ?? 0) : 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
