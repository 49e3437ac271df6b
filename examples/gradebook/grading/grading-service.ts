import { type Handlers, SkylarkError } from "skylark";
import { type Grade, type Grading, gradebookLimits, type NewGrade } from "./contract.js";
import type { StudentRecord } from "./student-record.js";

/** What grading needs of its storage. */
export interface StudentStore {
  students(signal?: AbortSignal): Promise<StudentRecord[]>;
  student(id: number, signal?: AbortSignal): Promise<StudentRecord | undefined>;
  /**
   * Writes what `change` makes of the student as it is now, and asks it again whenever somebody else wrote meanwhile, or a
   * write may or may not have happened. Nothing is written where `change` hands back what it was given.
   */
  update(
    id: number,
    change: (student: StudentRecord) => StudentRecord,
    signal?: AbortSignal,
  ): Promise<StudentRecord | undefined>;
}

/** The rules of grading. Where students are kept, and who calls, it does not know. */
export function gradingService(
  store: StudentStore,
  now: () => Date = () => new Date(),
): Handlers<typeof Grading.methods> {
  return {
    students: async (_nothing, { signal }) => {
      const students = await store.students(signal);
      return students
        .toSorted((a, b) => byName.compare(a.lastName, b.lastName) || byName.compare(a.firstName, b.firstName))
        .map(({ grades, ...person }) => ({ ...person, gradeCount: grades.length, average: averageOf(grades) }));
    },
    student: async ({ id }, { signal }) => {
      const student = (await store.student(id, signal)) ?? refuseUnknown(id);
      return { ...student, average: averageOf(student.grades) };
    },
    addGrade: async ({ studentId, grade }, { signal }) => {
      const given = { ...grade, givenAt: now().toISOString() };
      const student = await store.update(studentId, (before) => withGrade(before, given), signal);
      // the one that stands: a repeated hand-in keeps the time of the first
      return student?.grades.find(({ id }) => id === grade.id) ?? refuseUnknown(studentId);
    },
  };
}

const byName = new Intl.Collator("en");

/** The student with this grade; the very same student where the grade is there already. */
export function withGrade(student: StudentRecord, grade: Grade): StudentRecord {
  const known = student.grades.find(({ id }) => id === grade.id);
  if (known) {
    if (isSame(known, grade)) return student;
    throw new SkylarkError(
      "already_exists",
      `grade ${grade.id} of student ${student.id} is another one: take a new id`,
      {
        notExecuted: true,
      },
    );
  }
  if (student.grades.length >= gradebookLimits.gradesMax) {
    const message = `student ${student.id} has ${gradebookLimits.gradesMax} grades; a page holds no more`;
    throw new SkylarkError("resource_exhausted", message, { notExecuted: true });
  }
  return { ...student, grades: [...student.grades, grade] };
}

export function averageOf(grades: readonly Grade[]): number | null {
  if (grades.length === 0) return null;
  return grades.reduce((sum, { score }) => sum + score, 0) / grades.length;
}

function isSame(a: NewGrade, b: NewGrade): boolean {
  return a.subject === b.subject && a.kind === b.kind && a.score === b.score && a.comment === b.comment;
}

function refuseUnknown(id: number): never {
  throw new SkylarkError("not_found", `there is no student ${id}`, { notExecuted: true });
}
