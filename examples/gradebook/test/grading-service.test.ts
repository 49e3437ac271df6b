import { describe, expect, it } from "vitest";
import { type Grade, gradebookLimits } from "../grading/grade.js";
import { averageOf, withGrade } from "../grading/service/grading-service.js";
import type { StudentRecord } from "../grading/storage/student-record.js";

const grade: Grade = {
  id: "a-grade-of-mine",
  subject: "Sums",
  kind: "Quiz",
  score: 50,
  comment: "",
  givenAt: "2026-11-20T12:00:00.000Z",
};
const student: StudentRecord = { id: 1, firstName: "Ada", lastName: "Lindqvist", grades: [] };

describe("grading", () => {
  it("has no average where there is no grade", () => {
    expect(averageOf([])).toBeNull();
    expect(averageOf([grade, { ...grade, score: 75 }])).toBe(62.5);
  });

  it("adds a grade behind the others, and leaves the student it was given as it is", () => {
    const once = withGrade(student, grade);
    const twice = withGrade(once, { ...grade, id: "another-grade" });
    expect(twice.grades.map(({ id }) => id)).toEqual([grade.id, "another-grade"]);
    expect(student.grades).toEqual([]);
  });

  it("hands back the same student for a grade that is there, whenever it was given", () => {
    const once = withGrade(student, grade);
    expect(withGrade(once, { ...grade, givenAt: "2026-11-20T13:00:00.000Z" })).toBe(once);
  });

  it.each([{ score: 51 }, { subject: "Other" }, { kind: "Exam" as const }, { comment: "x" }])(
    "refuses another grade under the same id: %o",
    (other) => {
      expect(() => withGrade(withGrade(student, grade), { ...grade, ...other })).toThrow(/is another one/);
    },
  );

  it("keeps a student's page within what an entry of the store holds", () => {
    const { gradesMax, commentLettersMax, subjectLettersMax } = gradebookLimits;
    const longest = { ...grade, comment: "語".repeat(commentLettersMax), subject: "語".repeat(subjectLettersMax) };
    const grades = Array.from({ length: gradesMax }, (_, index) => ({ ...longest, id: `${index}`.padStart(64, "x") }));
    const full = { ...student, grades };
    expect(Buffer.byteLength(JSON.stringify(full))).toBeLessThan(512 * 1024);
    expect(() => withGrade(full, grade)).toThrow(/a page holds no more/);
  });
});
