import { students } from "./grading.remote.js";

export async function report(): Promise<string[]> {
  const all = await students();
  return all.map(({ name, grades }) => `${name}: ${grades.join(", ")}`);
}
