import { openLogs } from "@skylark/logs";
import { application } from "skylark";

const folder = process.env["LOG_FOLDER"] ?? "logs";
export const logs = await openLogs({ application: application({ name: "log" }), folder });
