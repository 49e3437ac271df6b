import { createInterface } from "node:readline";
import { lock, openCoordination } from "@skylark/coordination";
import { SkylarkError } from "@skylark/core";
import { application } from "skylark";
import { append } from "./ledger.remote.js";

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const coordination = await openCoordination({ ttlMs: 8000, host: false });
const held = await lock(coordination, "/apps/ledger/writer", { waitMs: Number.POSITIVE_INFINITY });
held.lost.addEventListener("abort", () => say(`told: ${(held.lost.reason as SkylarkError).message}`));
say(`holds with token ${held.token}`);

// Each line that is typed is written. It asks nobody whether it still holds: it is the one who was frozen after it had looked.
for await (const text of createInterface({ input: process.stdin })) {
  try {
    await append(text, held.token);
    say(`written: ${text}`);
  } catch (thrown) {
    say(`refused: ${SkylarkError.from(thrown).message}`);
  }
}

await held.release();
await coordination.close();
await application().close();
