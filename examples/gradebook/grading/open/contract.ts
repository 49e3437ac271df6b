import { defineService } from "skylark";
import { z } from "zod";
import { Grade, NewGrade } from "../grade.js";

export { Grade, gradebookLimits, gradeKinds, NewGrade } from "../grade.js";

const StudentId = z.int().positive();

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
    health: {
      description: "Answers once the storage has answered: cheap, for those who watch whether grading is there.",
      output: z.object({ storage: z.literal("answers") }),
      idempotent: true,
    },
  },
});
