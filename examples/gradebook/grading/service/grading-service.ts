import { SkylarkError } from "skylark";
import { type Grade, gradebookLimits, type NewGrade } from "../grade.js";
import type { StudentRecord } from "../storage/student-record.js";

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
  /** Resolves when the storage answers. */
  check(signal?: AbortSignal): Promise<void>;
}

export interface GradedStudent extends StudentRecord {
  readonly average: number | null;
}

export interface GradedSummary extends Omit<GradedStudent, "grades"> {
  readonly gradeCount: number;
}

/** What it says of its work goes here. */
export type GradingLog = (level: "debug" | "info", message: string) => void;

export interface GradingServiceOptions {
  readonly log?: GradingLog;
  /** Default: the time of day. */
  readonly now?: () => Date;
}

/** The rules of grading. Where students are kept, and who asks by which protocol, it does not know. */
export class GradingService {
  readonly #store: StudentStore;
  readonly #log: GradingLog;
  readonly #now: () => Date;

  constructor(store: StudentStore, { log = () => {}, now = () => new Date() }: GradingServiceOptions = {}) {
    this.#store = store;
    this.#log = log;
    this.#now = now;
  }

  /** All students by last name. */
  async students(signal?: AbortSignal): Promise<GradedSummary[]> {
    const students = await this.#store.students(signal);
    this.#log("debug", `listed ${students.length} students`);
    return students
      .toSorted((a, b) => byName.compare(a.lastName, b.lastName) || byName.compare(a.firstName, b.firstName))
      .map(({ grades, ...person }) => ({ ...person, gradeCount: grades.length, average: averageOf(grades) }));
  }

  /** Fails `not_found`. */
  async student(id: number, signal?: AbortSignal): Promise<GradedStudent> {
    const student = (await this.#store.student(id, signal)) ?? refuseUnknown(id);
    this.#log("debug", `showed student ${id}`);
    return { ...student, average: averageOf(student.grades) };
  }

  /**
   * The grade that stands; a repeated hand-in keeps the time of the first. Fails `not_found` for an unknown student,
   * `already_exists` where the id belongs to another grade, `resource_exhausted` where the student's page is full.
   */
  async addGrade(studentId: number, grade: NewGrade, signal?: AbortSignal): Promise<Grade> {
    const given = { ...grade, givenAt: this.#now().toISOString() };
    const student = await this.#store.update(studentId, (before) => withGrade(before, given), signal);
    const stands = student?.grades.find(({ id }) => id === grade.id) ?? refuseUnknown(studentId);
    this.#log("info", `student ${studentId} has grade ${stands.id}: ${stands.kind}, ${stands.score}`);
    return stands;
  }

  /** Resolves when it could answer: when its storage does. */
  check(signal?: AbortSignal): Promise<void> {
    return this.#store.check(signal);
  }
}

const byName = new Intl.Collator("en");

/** The student with this grade; the very same student where the grade is there already. */
export function withGrade(student: StudentRecord, grade: Grade): StudentRecord {
  const known = student.grades.find(({ id }) => id === grade.id);
  if (known) {
    if (isSame(known, grade)) return student;
    const message = `grade ${grade.id} of student ${student.id} is another one: take a new id`;
    throw new SkylarkError("already_exists", message, { notExecuted: true });
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
