export interface Student {
  readonly id: number;
  readonly name: string;
  readonly grades: readonly number[];
}

const roll = new Map<number, Student>([[1, { id: 1, name: "Ada", grades: [] }]]);

export async function students(): Promise<Student[]> {
  return [...roll.values()];
}

export async function addGrade(studentId: number, grade: number): Promise<Student> {
  const student = roll.get(studentId);
  if (!student) throw new RangeError(`there is no student ${studentId}`);
  const graded = { ...student, grades: [...student.grades, grade] };
  roll.set(studentId, graded);
  return graded;
}
