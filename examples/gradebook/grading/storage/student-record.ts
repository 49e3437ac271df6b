import { z } from "zod";
import { Grade } from "../grade.js";

/** A student as kept in the store: one entry each, so that one compare-and-set guards all that belongs together. */
export const StudentRecord = z.object({
  id: z.int().positive(),
  firstName: z.string(),
  lastName: z.string(),
  grades: z.array(Grade),
});
export type StudentRecord = z.infer<typeof StudentRecord>;
