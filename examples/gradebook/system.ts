import { fileURLToPath } from "node:url";
import { defineSystem } from "@skylark/cli";
import { nextSteps } from "./next-steps.js";

/** What `npm start` runs, by `sky up`. Each is a process of its own. */
export default defineSystem({
  name: "gradebook",
  processes: {
    registry: {
      module: "./dist/registry/main.js",
      port: { number: 3000, setting: "REGISTRY_PORT" },
      ready: { message: true },
    },
    log: {
      module: "./dist/log/main.js",
      port: { number: 4000, setting: "LOG_PORT" },
      ready: { message: true },
    },
    grading: {
      module: "./dist/grading/main.js",
      after: ["log"],
      port: { number: 6000, setting: "GRADING_PORT" },
      ready: { message: true },
    },
    portal: {
      module: "./dist/portal/main.js",
      after: ["grading"],
      port: { number: 5000, setting: "PORTAL_PORT" },
      ready: { message: true, url: "/students" }, // asked once through all that stands behind it
    },
    reporter: {
      command: ["python3", "reporter-python/reporter.py"],
      args: ["--registry", "http://127.0.0.1:{registry.port}", "--port", "{port}"],
      port: 0, // any, but the same again after a restart: so it comes back as itself, not as another one
      after: ["registry", "grading"],
      ready: { service: "reporter" },
      optional: "Averages are not printed when grades change; everything else works.",
    },
  },
  opened: ({ processes, home }) =>
    nextSteps({ processes, home, gradingScript: fileURLToPath(new URL("./dist/grading/main.js", import.meta.url)) }),
});
