/** Hosts the store and then does nothing but compute, until the file that it is told of is there. */
import { existsSync, writeSync } from "node:fs";
import { openCoordination } from "../../src/index.js";

const [, , home = "", over = ""] = process.argv;
const coordination = await openCoordination({ home, ttlMs: 60_000, openTimeoutMs: 60_000 });
await coordination.put("/busy", process.pid);
writeSync(1, "busy\n");
while (!existsSync(over));
await coordination.close();
