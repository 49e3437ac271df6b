/** Business code as an application writes it: it knows nothing of where it runs. */
export interface Student {
  readonly id: number;
  readonly name: string;
  readonly born?: Date | undefined;
}

const students: Student[] = [
  { id: 1, name: "Ada", born: new Date(Date.UTC(1815, 11, 10)) },
  { id: 2, name: "Grace" },
];

export const passMark = 50;

export async function all(): Promise<Student[]> {
  return students;
}

export async function byId(id: number): Promise<Student | undefined> {
  return students.find((student) => student.id === id);
}

export async function rename(id: number, name: string, reason?: string): Promise<string> {
  const student = await byId(id);
  if (!student) throw new RangeError(`there is no student ${id}`);
  return `${student.name} is now ${name}${reason === undefined ? "" : ` (${reason})`}`;
}

export async function forget(): Promise<void> {}

/** Gives back what it got. */
export async function echo<T>(...values: T[]): Promise<T[]> {
  return values;
}
