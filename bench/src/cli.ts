import { parseArgs } from "node:util";
import { type ContenderName, contenderNames } from "./contenders.js";
import { measureAll } from "./measure.js";
import { reportInWords, reportOf } from "./report.js";
import { versionsOf } from "./versions.js";

const usage = `npm run bench -- rpc [--rounds n] [--only floor,grpcJs] [--quick] [--json]

Measures a small unary call against a bare floor and against rivals, on what is built.

  --rounds n   rounds of all contenders in turn (default 5)
  --only list  contenders to run, of ${contenderNames.join(", ")}
  --quick      one short round: shows that it works, measures nothing worth keeping
  --json       {"ratios":{"cpu":{…},"rate":{…}},"rows":[…]} and nothing else
`;

const { values, positionals } = parseArgs({
  options: {
    rounds: { type: "string" },
    only: { type: "string" },
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

function wantedContenders(only: string | undefined): ContenderName[] {
  if (only === undefined) return [...contenderNames];
  const wanted = only.split(",");
  for (const name of wanted) if (!contenderNames.some((known) => known === name)) refuse(`nothing is called "${name}"`);
  return contenderNames.filter((name) => wanted.includes(name));
}

if (values.help) {
  console.log(usage);
  process.exit(0);
}
if (positionals.length !== 1 || positionals[0] !== "rpc") refuse("say what to measure: rpc");
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
if (!Number.isInteger(rounds) || rounds < 1) refuse(`--rounds ${values.rounds} is no number of rounds`);

const contenders = wantedContenders(values.only);
const versions = await versionsOf(contenders);
const times = values.quick ? { warmUpMs: 50, measureMs: 100 } : { warmUpMs: 1000, measureMs: 2000 };
const measurements = await measureAll(contenders, { rounds, ...times }, (text) => console.error(text));
const report = reportOf(measurements);
console.log(values.json ? JSON.stringify(report) : reportInWords(report, versions));
process.exit(0);
