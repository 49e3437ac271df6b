/** A module as applications write them. */
export interface Student {
  readonly id: number;
  readonly name: string;
}

const list: readonly Student[] = [{ id: 7, name: "Ada" }];

export async function students(): Promise<readonly Student[]> {
  return list;
}

export async function addGrade(id: number, grade: { subject: string; points: number }): Promise<string> {
  return `${id} ${grade.subject} ${grade.points}`;
}

export async function _internal(): Promise<string> {
  return "not for others";
}

export const version = 3;

export class Grade {
  readonly points = 1;
}

export type Grading = typeof import("./grading.js");
