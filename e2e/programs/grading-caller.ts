import { randomUUID } from "node:crypto";
import { connect, SkylarkError } from "skylark";
import { Grading } from "skylark-gradebook/grading";
import { Pace } from "../support/pace.js";
import { answer } from "./side.js";

/** Reads and adds grades at a steady rate, as portals would, and keeps book. */

export interface GradingBook {
  readonly made: number;
  /** Ids of grades that were acknowledged. */
  readonly added: readonly string[];
  readonly failures: readonly string[];
}

const grading = await connect(Grading, { timeoutMs: 30_000, readyWithinMs: 60_000 });
const open = new Set<Promise<void>>();
const added: string[] = [];
const failures: string[] = [];
let made = 0;
let timer: NodeJS.Timeout | undefined;

async function read(studentId: number): Promise<void> {
  if (studentId % 2 === 0) await grading.students();
  else await grading.student({ id: studentId });
}

async function add(studentId: number): Promise<void> {
  const id = randomUUID();
  await grading.addGrade({ studentId, grade: { id, subject: "Rolling", kind: "Quiz", score: 50 } });
  added.push(id);
}

function one(): void {
  const number = made++;
  // grades go to all students in turn: the page of one is full after 200
  const call = (number % 20 === 0 ? add(((number / 20) % 5) + 1) : read((number % 5) + 1)).catch((thrown: unknown) => {
    const { code, message } = SkylarkError.from(thrown);
    failures.push(`${code}: ${message}`);
  });
  open.add(call);
  void call.finally(() => open.delete(call));
}

answer("ready", {
  start: (perSecond: number) => {
    const pace = new Pace(perSecond);
    timer = setInterval(() => {
      for (let due = pace.due(open.size); due > 0; due--) one();
    }, 5);
  },
  stop: async (): Promise<GradingBook> => {
    clearInterval(timer);
    await Promise.all(open);
    return { made, added, failures };
  },
  /** The ids of all grades, as they stand. */
  stored: async (): Promise<string[]> => {
    const students = await grading.students();
    const each = await Promise.all(students.map(({ id }) => grading.student({ id })));
    return each.flatMap(({ grades }) => grades.map(({ id }) => id));
  },
});
