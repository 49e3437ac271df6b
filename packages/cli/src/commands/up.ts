import { type Command, Option } from "commander";
import type { Sky } from "../sky.js";
import { bringUp } from "../up/bring-up.js";
import { whyMissing } from "../up/missing.js";
import { declaredPorts, openPorts } from "../up/ports.js";
import { openSystemFile } from "../up/system-file.js";
import { type SystemPlan, systemPlan } from "../up/system-plan.js";

interface UpOptions {
  readonly only?: readonly string[];
  readonly without?: readonly string[];
  readonly check?: boolean;
}

export function up(sky: Sky): Command {
  return sky.command<UpOptions>(
    {
      usage: "up [file]",
      summary: "Start the processes of a system, keep them running, and end them in order on Ctrl-C",
      examples: [
        ["sky up", "the system that skylark.system.ts or system.ts, .js, .mjs, .json describes"],
        ["sky up examples/gradebook/system.ts", "another one"],
        ["sky up --only registry,log", "some of its processes"],
        ["sky up --without reporter", "all but one"],
        ["sky up --check", "starts nothing: says whether the file makes sense"],
        ["sky up --json | jq 'select(.kind == \"ready\")'", "for a script: a line of JSON for each event"],
      ],
      options: addUpOptions,
    },
    async (context, [named], { only, without, check }) => {
      const { path, folder, definition } = await openSystemFile(named, process.cwd());
      const { env } = context.terminal;
      const declared = declaredPorts(definition, env);
      const ports = check ? declared : await openPorts(declared);
      const plan = systemPlan(definition, { folder, ports, only, without });
      if (!check) return await bringUp({ definition, plan, ports }, context);
      const shape = checkedShape(path, plan, env["PATH"] ?? "");
      context.print(shape, () => checkedText(shape));
      return undefined;
    },
  );
}

function addUpOptions(command: Command): Command {
  return command
    .addOption(new Option("--only <names>", "only these processes, separated by commas").argParser(names))
    .addOption(new Option("--without <names>", "all processes but these").argParser(names))
    .option("--check", "check the file, and start nothing");
}

function names(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(",").map((name) => name.trim())].filter((name) => name !== "");
}

interface CheckedProcess {
  readonly name: string;
  readonly after: readonly string[];
  readonly port: number | null;
  /** Why it cannot start here; null where it can. */
  readonly missing: string | null;
}

interface CheckedSystem {
  readonly file: string;
  readonly name: string;
  /** In the order of their start. */
  readonly processes: readonly CheckedProcess[];
}

function checkedShape(file: string, { name, processes }: SystemPlan, path: string): CheckedSystem {
  return {
    file,
    name,
    processes: processes.map((each) => ({
      name: each.name,
      after: each.after,
      port: each.port ?? null,
      missing: whyMissing(each, path) ?? null,
    })),
  };
}

function checkedText({ file, name, processes }: CheckedSystem): string {
  const lines = processes.map(({ name, after, missing }) => {
    const behind = after.length === 0 ? "at once" : `after ${after.join(", ")}`;
    return `  ${name} starts ${behind}${missing === null ? "" : `; here it cannot: ${missing}`}\n`;
  });
  return `${file} describes "${name}":\n${lines.join("")}`;
}
