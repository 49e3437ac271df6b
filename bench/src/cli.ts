import { parseArgs } from "node:util";
import { type ContenderName, type SuiteName, suiteNames, suites } from "./contenders.js";
import { coordinationInWords, coordinationReportOf } from "./coordination-report.js";
import { type Measurement, measureAll } from "./measure.js";
import { reportInWords, reportOf } from "./report.js";
import { versionsOf } from "./versions.js";

const usage = `npm run bench -- rpc|coordination [--rounds n] [--only floor,grpcJs] [--quick] [--json]

rpc: a small unary call against a bare floor and against rivals. coordination: durable writes and reads of the embedded
store against a bare durable log. On what is built.

  --rounds n   rounds of all contenders in turn (default 5)
  --only list  contenders to run, of ${suiteNames.map((name) => suites[name].join(", ")).join("; ")}
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

function wantedContenders(suite: SuiteName, only: string | undefined): ContenderName[] {
  const all: readonly ContenderName[] = suites[suite];
  if (only === undefined) return [...all];
  const wanted = only.split(",");
  for (const name of wanted) if (!all.some((known) => known === name)) refuse(`nothing is called "${name}"`);
  return all.filter((name) => wanted.includes(name));
}

function printed(suite: SuiteName, measurements: readonly Measurement[], versions: Record<string, string>): string {
  if (suite === "coordination") {
    const report = coordinationReportOf(measurements);
    return values.json ? JSON.stringify(report) : coordinationInWords(report, versions);
  }
  const report = reportOf(measurements);
  return values.json ? JSON.stringify(report) : reportInWords(report, versions);
}

if (values.help) {
  console.log(usage);
  process.exit(0);
}
const suite = suiteNames.find((name) => positionals.length === 1 && positionals[0] === name);
if (suite === undefined) refuse(`say what to measure: ${suiteNames.join(" or ")}`);
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
if (!Number.isInteger(rounds) || rounds < 1) refuse(`--rounds ${values.rounds} is no number of rounds`);

const contenders = wantedContenders(suite, values.only);
const versions = await versionsOf(contenders);
const times = values.quick ? { warmUpMs: 50, measureMs: 100 } : { warmUpMs: 1000, measureMs: 2000 };
const measurements = await measureAll(contenders, { rounds, ...times }, (text) => console.error(text));
console.log(printed(suite, measurements, versions));
process.exit(0);
