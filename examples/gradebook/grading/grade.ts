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

/** A grade as its giver hands it in. The id is the giver's own: handed in twice, it is one grade. */
export const NewGrade = z.object({
  id: z.string("must be text").regex(/^[A-Za-z0-9-]{8,64}$/, "must be 8 to 64 letters, digits and dashes"),
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

/** A grade that counts. */
export const Grade = NewGrade.extend({ givenAt: z.iso.datetime() });
export type Grade = z.infer<typeof Grade>;
