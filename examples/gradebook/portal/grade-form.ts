import { randomUUID } from "node:crypto";
import { gradeKinds, NewGrade } from "../grading/open/contract.js";

const fields = ["subject", "kind", "score", "comment"] as const;
export type FormField = (typeof fields)[number];

/** The form as it stands on the page: what was typed, and what is wrong with it. */
export interface FilledForm {
  /** The id of the grade that it gives. */
  readonly id: string;
  readonly values: Readonly<Record<FormField, string>>;
  readonly problems: ReadonlyMap<FormField, string>;
}

/**
 * A form nobody has filled in yet. It is born with the id of the grade it will give: sent twice, by a double click, a
 * reload or because the answer was lost, it gives one grade.
 */
export function emptyForm(): FilledForm {
  return {
    id: randomUUID(),
    values: { subject: "", kind: gradeKinds[0], score: "", comment: "" },
    problems: new Map(),
  };
}

/** What was sent, as a grade where it is one. What comes from elsewhere, curl say, may leave the id out. */
export function readForm(body: URLSearchParams): { readonly form: FilledForm; readonly grade: NewGrade | undefined } {
  const sent = body.get("id") ?? "";
  const id = NewGrade.shape.id.safeParse(sent).success ? sent : randomUUID();
  const values = Object.fromEntries(fields.map((name) => [name, body.get(name) ?? ""])) as FilledForm["values"];
  const { success, data, error } = NewGrade.safeParse({ ...values, id, score: numberOf(values.score) });
  if (success) return { form: { id, values, problems: new Map() }, grade: data };
  return { form: { id, values, problems: problemsOf(error.issues) }, grade: undefined };
}

/** People write a comma as well; what is no plain number is none. */
function numberOf(text: string): number | undefined {
  const plain = text.trim().replace(",", ".");
  return /^-?\d+(\.\d*)?$/.test(plain) ? Number(plain) : undefined;
}

function problemsOf(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]) {
  const problems = new Map<FormField, string>();
  for (const name of fields) {
    const issue = issues.find(({ path }) => path[0] === name);
    if (issue) problems.set(name, `${labels[name]} ${issue.message}`);
  }
  return problems;
}

const labels: Readonly<Record<FormField, string>> = {
  subject: "The subject",
  kind: "The kind",
  score: "The score",
  comment: "The comment",
};
