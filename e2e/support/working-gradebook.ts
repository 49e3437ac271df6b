import { request } from "node:http";
import { type LogLine, type LogQuery, Logs } from "@skylark/logs";
import { type Application, connect } from "skylark";
import type { Gradebook } from "./gradebook.js";
import { until } from "./until.js";

let marks = 0;

/**
 * Resolves when a page shows students, grading and the reporter are listed by the registry, a grade that is added makes the
 * reporter print, and a line that is logged is found.
 */
export async function everythingWorks(gradebook: Gradebook, application: Application, withinMs: number): Promise<void> {
  const portal = gradebook.address("portal");
  await until("a page shows students", withinMs, async () => {
    const { status, text } = await ask(`${portal}/students`);
    return (status === 200 && text.includes("Whitfield")) || `it answers ${status}`;
  });
  await until("all are registered", withinMs, async () => {
    const missing = await unregistered(gradebook);
    return missing.length === 0 || `${missing.join(" and ")} missing`;
  });
  const printedBefore = gradebook.printed("reporter").length;
  const mark = `mark-${process.pid}-${++marks}`;
  await until("a grade is added", withinMs, async () => {
    const grade = new URLSearchParams({ id: mark, subject: mark, kind: "Quiz", score: marks % 2 === 0 ? "0" : "100" });
    const { status } = await ask(`${portal}/students/4?${mark}`, grade.toString());
    return status === 303 || `the form is answered with ${status}`;
  });
  await until("the reporter prints the new average", withinMs, () => {
    const printed = gradebook.printed("reporter").slice(printedBefore);
    return printed.some((line) => /Dana \d+\.\d/.test(line)) || `it printed ${JSON.stringify(printed)}`;
  });
  await until("the log has the line of that", withinMs, async () => {
    const lines = await linesOf(application, { origin: "portal", text: mark });
    return lines.some(({ message }) => message.endsWith("303")) || `${lines.length} lines`;
  });
}

/** Those whose providers the registry does not tell of. */
async function unregistered(gradebook: Gradebook): Promise<string[]> {
  const { status, text } = await ask(`${gradebook.address("registry")}/services`);
  if (status !== 200) return [`the registry, which answers ${status}, is`];
  const { Services: listed } = JSON.parse(text) as {
    readonly Services: readonly { readonly Name: string; readonly URL: string; readonly State: string }[];
  };
  const reporter = gradebook
    .printed("reporter")
    .flatMap((line) => /listening at (\S+)/.exec(line)?.[1] ?? [])
    .at(-1);
  const wanted = [
    ["grading", gradebook.address("grading")],
    ["log", gradebook.address("log")],
    ["reporter", reporter],
  ] as const;
  return wanted.flatMap(([name, url]) =>
    listed.some(({ Name, URL, State }) => Name === name && URL === url && State === "up") ? [] : [name],
  );
}

/** All lines that fit, as the log service has them. Not one that is away: none. */
export async function linesOf(application: Application, query: LogQuery): Promise<LogLine[]> {
  const logs = await connect(Logs, { application });
  const lines: LogLine[] = [];
  for await (const page of logs.with({ timeoutMs: 60_000 }).read(query)) lines.push(...page.lines);
  return lines;
}

/** Not by `fetch`, which refuses ports that browsers are afraid of, 6000 among them. */
export function ask(url: string, form?: string): Promise<{ readonly status: number | string; readonly text: string }> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => resolve({ status: error.code ?? error.message, text: "" });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const asked = request(url, { agent: false, ...(form !== undefined && { method: "POST", headers }) }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      response.once("error", failed).once("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.once("error", failed);
    asked.end(form);
  });
}
