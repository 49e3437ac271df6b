import { relative } from "node:path";
import type { OpenedSystem } from "@skylark/cli";
import pc from "picocolors";

export interface RunningGradebook extends Pick<OpenedSystem, "processes" | "home"> {
  /** The module that a further instance of grading runs. */
  readonly gradingScript: string;
}

/** Where to look, and what to try, as lines that can be copied. */
export function nextSteps({ processes, home, gradingScript }: RunningGradebook): string[] {
  const { portal, grading, registry, log } = processes;
  const inHome = home === undefined ? "" : `SKYLARK_HOME=${home} `; // others must be told of the store as well
  const url = portal?.address;
  const steps: readonly (readonly [what: string, command: string | false | undefined])[] = [
    [
      "Add a grade, as the form on the page does",
      url && `curl -i -d 'subject=Poetry&kind=Quiz&score=88' ${url}/students/4`,
    ],
    ["Ask grading itself, by plain HTTP", grading?.address && `curl ${grading.address}/students`],
    ["See who is there, by name and by who needs whom", `${inHome}npx sky services && ${inHome}npx sky topology`],
    ["Read what all of them log, as it comes", log && `${inHome}npx sky logs --follow --level info`],
    ["See who takes part by plain HTTP", registry?.address && `curl ${registry.address}/services`],
    ["Kill grading: open pages say so, and go on when it is back", grading && `kill -9 ${grading.pid}`],
    [
      "Start a second grading, in another terminal: it takes its share, and no kill is seen any more",
      `${inHome}GRADING_PORT=0 node ${relative(process.cwd(), gradingScript)}`,
    ],
    ["End everything in order", "Ctrl-C"],
  ];
  const open = url === undefined ? "runs" : `is open: ${pc.bold(pc.cyan(`${url}/students`))}`;
  return [
    "",
    `  ${pc.bold(`The gradebook ${open}`)}`,
    "",
    ...steps.flatMap(([what, command]) => (command ? [`  ${pc.dim(`${what}:`)}`, `    ${command}`] : [])),
    "",
  ];
}
