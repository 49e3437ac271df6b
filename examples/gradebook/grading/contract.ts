import { defineService } from "skylark";
import { z } from "zod";

/** Named limits of the gradebook. A student is one entry of the store, and an entry holds 512 KiB. */
export const gradebookLimits = {
  subjectLettersMax: 80,
  commentLettersMax: 400,
  gradesMax: 200,
} as const;

export const gradeKinds = ["Test", "Quiz", "Homework", "Exam"] as const;

const scoreRule = "must be a number from 0 to 100";
const { subjectLettersMax, commentLettersMax } = gradebookLimits;

const StudentId = z.int().positive();

/** A grade as its giver hands it in. The id is the giver's own: handed in twice, it is one grade. */
export const NewGrade = z.object({
  id: z.string().regex(/^[A-Za-z0-9-]{8,64}$/, "must be 8 to 64 letters, digits and dashes"),
  subject: z
    .string("must be text")
    .trim()
    .min(1, "must say what the grade is for")
    .max(subjectLettersMax, `must have at most ${subjectLettersMax} letters`),
  kind: z.enum(gradeKinds, `must be one of ${gradeKinds.join(", ")}`),
  score: z.number(scoreRule).min(0, scoreRule).max(100, scoreRule),
  comment: z
    .string("must be text")
    .trim()
    .max(commentLettersMax, `must have at most ${commentLettersMax} letters`)
    .default(""),
});
export type NewGrade = z.infer<typeof NewGrade>;

export const Grade = NewGrade.extend({ givenAt: z.iso.datetime() });
export type Grade = z.infer<typeof Grade>;

const Person = z.object({ id: StudentId, firstName: z.string(), lastName: z.string() });

/** The mean of all scores; null where there is none. */
const Average = z.number().nullable();

export const StudentSummary = Person.extend({ gradeCount: z.int(), average: Average });
export type StudentSummary = z.infer<typeof StudentSummary>;

/** Grades in the order they were given. */
export const Student = Person.extend({ grades: z.array(Grade), average: Average });
export type Student = z.infer<typeof Student>;

/** The open interface of grading: all that others know of it. */
export const Grading = defineService("grading", {
  version: "1.0.0",
  methods: {
    students: {
      description: "All students by last name, each with the average of the grades.",
      output: z.array(StudentSummary),
      idempotent: true,
    },
    student: {
      description: "One student with all grades. Fails not_found.",
      input: z.object({ id: StudentId }),
      output: Student,
      idempotent: true,
    },
    addGrade: {
      description:
        "Adds a grade. Fails not_found for an unknown student, already_exists where the id belongs to another grade, resource_exhausted where the student's page is full.",
      input: z.object({ studentId: StudentId, grade: NewGrade }),
      output: Grade,
      // the giver's id makes it so: the same grade is added once, however often it is sent
      idempotent: true,
    },
  },
});
