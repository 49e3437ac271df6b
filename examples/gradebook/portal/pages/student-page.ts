import type { Grade, Student } from "../../grading/contract.js";
import type { FilledForm } from "../grade-form.js";
import { document } from "./document.js";
import { averageText, countText, dayText, scoreText } from "./figures.js";
import { gradeForm } from "./form-view.js";
import { type Html, html } from "./html.js";
import { type Notice, noticeCard } from "./notice.js";

export interface StudentPageParts {
  readonly id: number;
  /** Undefined while grading is away: the form keeps what was typed all the same. */
  readonly student: Student | undefined;
  readonly form: FilledForm;
  readonly notice?: Notice | undefined;
}

export function studentPage({ id, student, form, notice }: StudentPageParts): Html {
  const name = student ? `${student.firstName} ${student.lastName}` : `Student ${id}`;
  const main = html`
    <p class="back"><a href="/students">All students</a></p>
    ${notice && noticeCard(notice)}
    <div class="heading">
      <h1>${name}</h1>
      ${student && html`<p class="quiet">${countText(student.grades.length, "grade", "grades")}</p>`}
      ${student && html`<p class="figure"><span class="quiet">Average</span> <b>${averageText(student.average)}</b></p>`}
    </div>
    <div class="columns">
      ${student && grades(student.grades)}
      ${gradeForm(id, form)}
    </div>`;
  return document({ title: name, main });
}

function grades(grades: readonly Grade[]): Html {
  if (grades.length === 0) return html`<p class="card empty">No grades yet. The first one is yours to give.</p>`;
  return html`
      <section class="card" aria-labelledby="grades">
        <h2 id="grades">Grades</h2>
        <ul class="grades">${grades.toReversed().map(gradeItem)}</ul>
      </section>`;
}

function gradeItem({ id, subject, kind, score, comment, givenAt }: Grade): Html {
  return html`
          <li id="grade-${id}">
            <div>
              <b class="subject">${subject}</b>
              <p class="quiet">${kind} · <time datetime="${givenAt}">${dayText(givenAt)}</time></p>
              ${comment !== "" && html`<p class="comment">${comment}</p>`}
            </div>
            <span class="score">${scoreText(score)}</span>
          </li>`;
}
