import { Logs } from "@skylark/logs";
import { connect, defineSettings, loadSettings, setting } from "skylark";
import { Grading } from "../grading/open/contract.js";
import { startPart } from "../part.js";
import { Site } from "./site.js";
import { StatusWatch } from "./status/status-watch.js";
import type { Presence } from "./status/system-status.js";

const portalSettings = defineSettings({
  // people wait for a page: sooner than a call usually may take they want to read that grading is away
  gradingTimeoutMs: setting.durationMs({
    default: 1_500,
    min: 1,
    env: "PORTAL_GRADING_TIMEOUT_MS",
    describe: "How long a page waits for grading before it says that grading is away.",
  }),
});

/** A look at whether somebody is there: with the pause between two, the answer is known within two seconds. */
const look = { timeoutMs: 1_000, wait: false } as const;

const port = { number: 5000, setting: "PORTAL_PORT" };

await startPart({ name: "portal", port }, async ({ application, log, logStatus }) => {
  const { values } = loadSettings(portalSettings, { service: "portal" });
  const grading = await connect(Grading, { application, timeoutMs: values.gradingTimeoutMs });
  const logs = await connect(Logs, { application });
  const logPresence = (): Presence => (logStatus() === "away" ? "away" : "here");
  const { name: origin, instance } = application;
  const watch = new StatusWatch({
    grading: () => presenceOf(grading.with(look).health()),
    // while lines wait it is away, whatever it answers
    log: async () =>
      logPresence() === "away" ? "away" : await presenceOf(logs.with(look).append({ origin, instance, lines: [] })),
  });
  const site = new Site({ grading, log, logPresence, watch });
  application.mount("/", (request, response) => site.serve(request, response));
  return { close: () => site.close() };
});

async function presenceOf(answer: Promise<unknown>): Promise<Presence> {
  return await answer.then(
    () => "here",
    () => "away",
  );
}
