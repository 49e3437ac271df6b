/** Hosts the store and then does nothing but compute, for as long as it is told. */
import { writeSync } from "node:fs";
import { openCoordination } from "../../src/index.js";

const coordination = await openCoordination({ home: process.argv[2] ?? "", ttlMs: 60_000 });
await coordination.put("/busy", process.pid);
writeSync(1, "busy\n");
for (const until = performance.now() + Number(process.argv[3]); performance.now() < until; );
writeSync(1, "done\n");
await coordination.close();
