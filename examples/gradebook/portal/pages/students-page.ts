import type { StudentSummary } from "../../grading/open/contract.js";
import type { SystemStatus } from "../status/system-status.js";
import { document } from "./document.js";
import { averageText, countText } from "./figures.js";
import { type Html, html } from "./html.js";

export function studentsPage(students: readonly StudentSummary[], status: SystemStatus): Html {
  const main = html`
    <div class="heading">
      <h1>Students</h1>
      <p class="quiet">${countText(students.length, "student", "students")}, ${countText(gradesOf(students), "grade", "grades")}</p>
    </div>
    ${students.length === 0 ? html`<p class="card empty">There are no students yet.</p>` : table(students)}`;
  return document({ title: "Students", main, status });
}

function table(students: readonly StudentSummary[]): Html {
  return html`
    <div class="card">
      <table class="students">
        <thead>
          <tr><th scope="col">Name</th><th scope="col" class="number">Grades</th><th scope="col" class="number">Average</th></tr>
        </thead>
        <tbody>${students.map(row)}</tbody>
      </table>
    </div>`;
}

function row({ id, firstName, lastName, gradeCount, average }: StudentSummary): Html {
  return html`
          <tr>
            <th scope="row"><a id="student-${id}" href="/students/${id}">${firstName} <b>${lastName}</b></a></th>
            <td class="number quiet">${gradeCount}</td>
            <td class="number average">
              ${average !== null && html`<meter min="0" max="100" value="${average}" aria-hidden="true"></meter>`}
              <span>${averageText(average)}</span>
            </td>
          </tr>`;
}

function gradesOf(students: readonly StudentSummary[]): number {
  return students.reduce((sum, { gradeCount }) => sum + gradeCount, 0);
}
