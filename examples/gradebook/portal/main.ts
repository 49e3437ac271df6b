import { connect, defineSettings, loadSettings, setting } from "skylark";
import { Grading } from "../grading/contract.js";
import { startPart } from "../part.js";
import { PortalServer } from "./portal-server.js";

const portalSettings = defineSettings({
  httpPort: setting.integer({
    default: 5000,
    min: 0,
    max: 65_535,
    env: "PORTAL_PORT",
    describe: "The port of the pages; 0 takes a free one.",
  }),
  // people wait for a page: sooner than a call usually may take they want to read that grading is away
  gradingTimeoutMs: setting.durationMs({
    default: 1_500,
    min: 1,
    env: "PORTAL_GRADING_TIMEOUT_MS",
    describe: "How long a page waits for grading before it says that grading is away.",
  }),
});

await startPart("portal", async (application) => {
  const { values } = loadSettings(portalSettings, { service: "portal" });
  const grading = await connect(Grading, { application, timeoutMs: values.gradingTimeoutMs });
  const portal = await PortalServer.listen(values.httpPort, grading);
  return { address: portal.url, close: () => portal.close() };
});
