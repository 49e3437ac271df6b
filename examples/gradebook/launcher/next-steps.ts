import pc from "picocolors";

export interface RunningGradebook {
  readonly url: string;
  readonly gradingPid: number | undefined;
  /** The module that a further instance of grading runs, as it is named from the working folder. */
  readonly gradingScript: string;
  /** The store's folder, where it is not the usual one: then others must be told of it as well. */
  readonly home: string | undefined;
}

/** Where to look, and what to try, as lines that can be copied. */
export function nextSteps({ url, gradingPid, gradingScript, home }: RunningGradebook): string[] {
  const inHome = home === undefined ? "" : `SKYLARK_HOME=${home} `;
  const steps: readonly (readonly [what: string, command: string])[] = [
    ["Add a grade, as the form on the page does", `curl -i -d 'subject=Poetry&kind=Quiz&score=88' ${url}/students/4`],
    ["See what is offered, and by whom", `${inHome}npx sky services`],
    ["Call a service by name", `${inHome}npx sky call grading.students`],
    ["Kill one of the two grading instances: the pages keep working, and it comes back", `kill -9 ${gradingPid}`],
    ["Start a third one, in another terminal: it takes its share at once", `${inHome}node ${gradingScript}`],
    ["End everything in order", "Ctrl-C"],
  ];
  return [
    "",
    `  ${pc.bold("The gradebook is open:")} ${pc.bold(pc.cyan(`${url}/students`))}`,
    "",
    ...steps.flatMap(([what, command]) => [`  ${pc.dim(`${what}:`)}`, `    ${command}`]),
    "",
  ];
}
