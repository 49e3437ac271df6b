import type { StudentRecord } from "./student-record.js";

/** Whom a new gradebook begins with. One of them has no grade yet. */
export const firstStudents: StudentRecord[] = [
  {
    id: 1,
    firstName: "Ada",
    lastName: "Lindqvist",
    grades: [
      grade("first-1-1", "2026-09-11", "Homework", "Sets and functions", 92),
      grade("first-1-2", "2026-09-25", "Quiz", "Vocabulary, unit 1", 85),
      grade("first-1-3", "2026-10-16", "Test", "Newton's laws", 97, "The extra task was solved as well."),
    ],
  },
  {
    id: 2,
    firstName: "Benedikt",
    lastName: "Amsel",
    grades: [
      grade("first-2-1", "2026-09-11", "Homework", "Sets and functions", 68),
      grade("first-2-2", "2026-10-16", "Test", "Newton's laws", 74),
    ],
  },
  {
    id: 3,
    firstName: "Chinwe",
    lastName: "Okafor",
    grades: [
      grade("first-3-1", "2026-09-25", "Quiz", "Vocabulary, unit 1", 100, "Not one mistake."),
      grade("first-3-2", "2026-10-16", "Test", "Newton's laws", 88.5),
      grade("first-3-3", "2026-11-06", "Exam", "Geography of rivers", 91),
    ],
  },
  { id: 4, firstName: "Dana", lastName: "Whitfield", grades: [] },
  {
    id: 5,
    firstName: "Émile",
    lastName: "Fournier",
    grades: [
      grade("first-5-1", "2026-09-25", "Quiz", "Vocabulary, unit 1", 55, "Come and see me about the verbs."),
      grade("first-5-2", "2026-11-06", "Exam", "Geography of rivers", 79),
    ],
  },
  {
    id: 6,
    firstName: "Farah",
    lastName: "Haddad",
    grades: [grade("first-6-1", "2026-10-16", "Test", "Newton's laws", 83)],
  },
];

function grade(
  id: string,
  day: string,
  kind: StudentRecord["grades"][number]["kind"],
  subject: string,
  score: number,
  comment = "",
): StudentRecord["grades"][number] {
  return { id, subject, kind, score, comment, givenAt: `${day}T09:00:00.000Z` };
}
