import { gradebookLimits, gradeKinds } from "../../grading/open/contract.js";
import type { FilledForm, FormField } from "../grade-form.js";
import { type Html, html } from "./html.js";
import { formNotice, type Notice } from "./notice.js";

/** For the page's script to show where no answer came, or none that it understands. */
const unsent: Notice = {
  title: "The gradebook did not answer",
  text: "Whether the grade was saved is not known. What you typed is still here: send it again in a moment. It will count once, however often it is sent.",
};

/** The form for a new grade. Its own rules, not the browser's, say what is wrong: they read the same everywhere. */
export function gradeForm(studentId: number, form: FilledForm, notice: Notice | undefined): Html {
  const { id, values } = form;
  const field = fieldsOf(form);
  return html`
      <form class="card" id="add-grade" method="post" action="/students/${studentId}" novalidate aria-labelledby="add">
        <h2 id="add">Add a grade</h2>
        ${notice && formNotice(notice)}
        <input type="hidden" name="id" value="${id}">
        ${field("subject", "Subject", (attributes) => html`<input type="text" value="${values.subject}" maxlength="${gradebookLimits.subjectLettersMax}" autocomplete="off" required ${attributes}>`)}
        <div class="pair">
          ${field("kind", "Kind", (attributes) => html`<select ${attributes}>${gradeKinds.map((kind) => html`<option${values.kind === kind && html` selected`}>${kind}</option>`)}</select>`)}
          ${field("score", "Score, 0 to 100", (attributes) => html`<input type="text" inputmode="decimal" value="${values.score}" maxlength="16" autocomplete="off" required ${attributes}>`)}
        </div>
        ${field("comment", "Comment (optional)", (attributes) => html`<textarea rows="2" maxlength="${gradebookLimits.commentLettersMax}" ${attributes}>${values.comment}</textarea>`)}
        <button type="submit">Add grade</button>
      </form>
      <template id="unsent">${formNotice(unsent)}</template>`;
}

/** A labelled field, with its problem where it has one; the first that has one takes the cursor. */
function fieldsOf({ problems }: FilledForm) {
  const first = problems.keys().next().value;
  return (name: FormField, label: string, input: (attributes: Html) => Html): Html => {
    const problem = problems.get(name);
    const marks = problem !== undefined && html` aria-invalid="true" aria-describedby="${name}-problem"`;
    const attributes = html`id="${name}" name="${name}"${marks}${name === first && html` autofocus`}`;
    return html`
        <div class="field">
          <label for="${name}">${label}</label>
          ${input(attributes)}
          ${problem !== undefined && html`<p class="problem" id="${name}-problem">${problem}</p>`}
        </div>`;
  };
}
