import { Command } from "commander";
import { addGlobalOptions } from "../../options/global-options.js";
import { examplesText, type Sky } from "../../sky.js";
import { acl } from "./acl.js";
import { create } from "./create.js";
import { exportStore } from "./export.js";
import { get } from "./get.js";
import { importStore } from "./import.js";
import { ls } from "./ls.js";
import { repair } from "./repair.js";
import { rm } from "./rm.js";
import { set } from "./set.js";
import { status } from "./status.js";
import { sync } from "./sync.js";
import { watch } from "./watch.js";

/** What concerns the store itself, in the order of the help. */
const commands = [status, ls, get, set, create, rm, watch, sync, acl, exportStore, importStore, repair];

export function coordination(sky: Sky): Command {
  const summary = "Look into the store in which services are registered, and after it";
  const command = addGlobalOptions(new Command("coordination"))
    .summary(summary)
    .description(`${summary}. The same on every engine; what an engine does not have is refused by name.`)
    .addHelpText("after", examplesText(examples));
  for (const make of commands) command.addCommand(make(sky));
  return command;
}

const examples = [
  ["sky coordination status", "which engine it is, who keeps the data, what failures it bears"],
  ["sky coordination ls -r /skylark", "everything that Skylark keeps"],
  ["sky coordination export > system.jsonl", "all lasting entries, to move them to another store"],
  ["sky help coordination export", "more about one of them"],
] as const;
