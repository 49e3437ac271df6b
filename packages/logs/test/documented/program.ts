// oxlint-disable no-console -- it is what this is about
import { redirectLogs } from "@skylark/logs";
import { pino } from "pino";
import { application } from "skylark";

const logger = pino();
export const redirection = redirectLogs({ application: application({ name: "portal" }), pino: logger });

console.warn("the printer is out of paper");
logger.error({ printer: 7 }, "given up");
