import { openCoordination } from "@skylark/coordination";
import { answer } from "./side.js";

/** A process that hosts the embedded store when nobody else does, and does nothing beside it. */
const coordination = await openCoordination();
answer({ session: coordination.session.kind }, {});
