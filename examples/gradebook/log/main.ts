import { homedir } from "node:os";
import { join } from "node:path";
import { openLogs } from "@skylark/logs";
import { defineSettings, loadSettings, setting } from "skylark";
import { startPart } from "../part.js";

const logSettings = defineSettings({
  folder: setting.string({
    default: "",
    env: "LOG_FOLDER",
    describe: "Where the lines are kept. Left out: beside the store, where SKYLARK_HOME says where that is.",
  }),
});

// its own words are printed only: sent to itself, each line would make another
const options = { name: "log", port: { number: 4000, setting: "LOG_PORT" }, logs: "printedOnly" } as const;

await startPart(options, async ({ application }) => {
  const { values } = loadSettings(logSettings, { service: "log" });
  const home = application.settings.values.home ?? join(homedir(), ".skylark-gradebook");
  const logs = await openLogs({ application, folder: values.folder || join(home, "log") });
  return { close: () => logs.close() };
});
