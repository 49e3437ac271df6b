import { readFileSync } from "node:fs";
import { Command } from "commander";
import { call } from "./commands/call.js";
import { config } from "./commands/config.js";
import { coordination } from "./commands/coordination/coordination.js";
import { describe } from "./commands/describe.js";
import { drain } from "./commands/drain.js";
import { instances } from "./commands/instances.js";
import { logs } from "./commands/logs.js";
import { register } from "./commands/register.js";
import { services } from "./commands/services.js";
import { top } from "./commands/top.js";
import { topology } from "./commands/topology.js";
import { unregister } from "./commands/unregister.js";
import { up } from "./commands/up.js";
import { watch } from "./commands/watch.js";
import { addGlobalOptions } from "./options/global-options.js";
import { examplesText, type Sky } from "./sky.js";

/** All commands, in the order in which help shows them. */
const commands = [
  services,
  instances,
  topology,
  top,
  describe,
  call,
  watch,
  logs,
  register,
  unregister,
  drain,
  config,
  up,
  coordination,
];

export function program(sky: Sky): Command {
  const root = addGlobalOptions(new Command("sky"))
    .description("Shows and steers a running Skylark system.")
    .usage("<command> [options]")
    .version(ownVersion(), "--version", "print the version of sky")
    .enablePositionalOptions() // behind a command, --version asks for that of a service
    .addHelpText("after", examplesText(examples));
  for (const make of commands) root.addCommand(make(sky));
  return root;
}

const examples = [
  ["sky services", "what is running, and who uses it"],
  ["sky instances grading", "where one service runs"],
  ["sky call grading.students", "calls a method"],
  ["sky up", "starts the system that system.ts describes"],
  ["sky help call", "more about one command"],
] as const;

function ownVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
