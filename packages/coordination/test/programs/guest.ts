/** Opens the store, does a little, closes it or not, and ends by itself: nothing of the store may keep it alive. */
import { openCoordination } from "../../src/index.js";

const coordination = await openCoordination({ home: process.argv[2] ?? "", openTimeoutMs: 60_000 });
await coordination.put("/guest", process.pid);
await coordination.close();
