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
});

/** People wait for a page: sooner than that they want to read that grading is away. */
const callTimeoutMs = 1500;

await startPart("portal", async (application) => {
  const { values } = loadSettings(portalSettings, { service: "portal" });
  const grading = await connect(Grading, { application, timeoutMs: callTimeoutMs });
  const portal = await PortalServer.listen(values.httpPort, grading);
  return { address: portal.url, close: () => portal.close() };
});
