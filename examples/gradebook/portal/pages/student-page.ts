import type { Grade, Student } from "../../grading/open/contract.js";
import type { FilledForm } from "../grade-form.js";
import type { SystemStatus } from "../status/system-status.js";
import { document } from "./document.js";
import { averageText, countText, dayText, scoreText } from "./figures.js";
import { gradeForm } from "./form-view.js";
import { type Html, html } from "./html.js";
import type { Notice } from "./notice.js";

export interface StudentPageParts {
  readonly id: number;
  /** Undefined while grading is away: the form keeps what was typed all the same. */
  readonly student: Student | undefined;
  readonly form: FilledForm;
  /** About what was just sent. */
  readonly notice?: Notice | undefined;
  readonly status: SystemStatus;
}

/** Regions marked `data-live` are what the page's script brings up to date; it leaves the form alone. */
export function studentPage({ id, student, form, notice, status }: StudentPageParts): Html {
  const name = student ? `${student.firstName} ${student.lastName}` : `Student ${id}`;
  const main = html`
    <p class="back"><a href="/students">All students</a></p>
    <div class="heading" id="student" data-live>
      <h1>${name}</h1>
      ${student && html`<p class="quiet">${countText(student.grades.length, "grade", "grades")}</p>`}
      ${student && html`<p class="figure"><span class="quiet">Average</span> <b>${averageText(student.average)}</b></p>`}
    </div>
    <div class="columns">
      <section class="card" id="grades" data-live aria-labelledby="grades-heading">
        <h2 id="grades-heading">Grades</h2>
        ${grades(student?.grades)}
      </section>
      ${gradeForm(id, form, notice)}
    </div>`;
  return document({ title: name, main, status });
}

function grades(grades: readonly Grade[] | undefined): Html {
  if (grades === undefined) return html`<p class="empty">They cannot be had while grading is away.</p>`;
  if (grades.length === 0) return html`<p class="empty">No grades yet. The first one is yours to give.</p>`;
  return html`<ul class="grades">${grades.toReversed().map(gradeItem)}</ul>`;
}

function gradeItem({ id, subject, kind, score, comment, givenAt }: Grade): Html {
  return html`
          <li id="grade-${id}" tabindex="-1">
            <div>
              <b class="subject">${subject}</b>
              <p class="quiet">${kind} · <time datetime="${givenAt}">${dayText(givenAt)}</time></p>
              ${comment !== "" && html`<p class="comment">${comment}</p>`}
            </div>
            <span class="score">${scoreText(score)}</span>
          </li>`;
}
