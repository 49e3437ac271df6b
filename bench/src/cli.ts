import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { type CommandName, commandNames, commands } from "./commands.js";

const usage = `npm run bench -- ${commandNames.join("|")} [--rounds n] [--only floor,grpcJs] [--members n] [--quick] [--json]

rpc           a small unary call against a bare floor and against rivals
coordination  durable writes and reads of the embedded store against a bare durable log
changes       a change of a service until the last of 200 consumers has it, against the engine's own watch
drivers       creates, sets and reads by our drivers against the engines' clients alone
instances     a consumer of a service with 5,000 instances: its start, one change, its memory
threads       a method that computes, on worker threads against inline: the event loop's delay, and the rate
On what is built.

  --rounds n   rounds of all contenders in turn (default 5; changes, drivers and instances 3)
  --only list  contenders to run, of
${commandNames.map((name) => `                 ${name}: ${commands[name].choices.join(", ")}`).join("\n")}
  --members n  members of ZooKeeper's and etcd's ensembles, of changes, drivers and instances (default 1)
  --quick      one short round: shows that it works, measures nothing worth keeping
  --json       {"ratios":…,"rows":[…]} and nothing else
`;

const { values, positionals } = parseArgs({
  options: {
    rounds: { type: "string" },
    only: { type: "string" },
    members: { type: "string", default: "1" },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
  allowPositionals: true,
});

function refuse(message: string): never {
  console.error(`${message}\n\n${usage}`);
  process.exit(2);
}

function counted(what: string, text: string): number {
  const count = Number(text);
  return Number.isInteger(count) && count > 0 ? count : refuse(`--${what} ${text} is no number of ${what}`);
}

function chosen(name: CommandName, only: string | undefined): readonly string[] {
  const { choices } = commands[name];
  if (only === undefined) return choices;
  const wanted = only.split(",");
  for (const each of wanted) if (!choices.includes(each)) refuse(`nothing is called "${each}"`);
  return choices.filter((each) => wanted.includes(each));
}

function machine(): string {
  const load = loadavg()[0] ?? 0;
  return `${availableParallelism()} cores, a load average of ${load.toFixed(1)}`;
}

if (values.help) {
  console.log(usage);
  process.exit(0);
}
const name = commandNames.find((each) => positionals.length === 1 && positionals[0] === each);
if (name === undefined) refuse(`say what to measure: ${commandNames.join(" or ")}`);
const command = commands[name];
const rounds = counted("rounds", values.rounds ?? (values.quick ? "1" : String(command.rounds)));
const members = counted("members", values.members);

const only = chosen(name, values.only);
const before = machine();
const plan = { only, rounds, members, isQuick: values.quick };
const report = await command.run(plan, (text) => console.error(text));
console.log(values.json ? JSON.stringify(report.json) : `${report.words}\n\n${before} before, ${machine()} after`);
process.exit(0);
