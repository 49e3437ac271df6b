import type { Handlers } from "skylark";
import type { GradingService } from "../service/grading-service.js";
import type { Grading } from "./contract.js";

/** The contract's methods, each handed on to the service with the signal of whoever waits for it. */
export function gradingHandlers(service: GradingService): Handlers<typeof Grading.methods> {
  return {
    students: (_nothing, { signal }) => service.students(signal),
    student: ({ id }, { signal }) => service.student(id, signal),
    addGrade: ({ studentId, grade }, { signal }) => service.addGrade(studentId, grade, signal),
    health: async (_nothing, { signal }) => {
      await service.check(signal);
      return { storage: "answers" };
    },
  };
}
