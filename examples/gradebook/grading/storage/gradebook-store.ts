import { setTimeout as wait } from "node:timers/promises";
import type { Coordination, Entry } from "@skylark/coordination";
import { SkylarkError } from "skylark";
import { firstStudents } from "./first-students.js";
import { StudentRecord } from "./student-record.js";

/** What the gradebook needs of the coordination store. */
export type Entries = Pick<Coordination, "get" | "list" | "put" | "multi">;

const folder = "/apps/gradebook";
const studentsFolder = `${folder}/students`;

/** Rounds of read, change, compare-and-set. Each round that fails let another writer through. */
const attemptsMax = 20;
const firstPauseMs = 5;
const longestPauseMs = 200;

/**
 * What one question to the store may take at most. Whoever asked decides by the signal, which aborts at the deadline of the
 * call: a store that is slow for some seconds fails no call that would have waited.
 */
const answerMs = 30_000;

/**
 * Students and grades in the coordination store, one entry for each student. Every write is a compare-and-set, so that any
 * number of instances may write at once; every read is fresh, so that a grade added through one instance is on the page
 * that another one answers for.
 */
export class GradebookStore {
  readonly #entries: Entries;

  private constructor(entries: Entries) {
    this.#entries = entries;
  }

  /** Puts the first students into a store that has none. */
  static async open(entries: Entries): Promise<GradebookStore> {
    await untilKnown(async () => {
      if (!(await entries.get(folder, { fresh: true, ...patient() }))) await fill(entries);
    });
    return new GradebookStore(entries);
  }

  async students(signal?: AbortSignal): Promise<StudentRecord[]> {
    const entries = await this.#entries.list(studentsFolder, { fresh: true, ...patient(signal) });
    return entries.map(recordOf);
  }

  async student(id: number, signal?: AbortSignal): Promise<StudentRecord | undefined> {
    const entry = await this.#entries.get(keyOf(id), { fresh: true, ...patient(signal) });
    return entry && recordOf(entry);
  }

  /** Resolves when the coordination store answers. */
  async check(signal?: AbortSignal): Promise<void> {
    await this.#entries.get(folder, { fresh: true, ...patient(signal) });
  }

  /** Writes what `change` makes of the student as it is now, and asks it again until the outcome is known. */
  update(
    id: number,
    change: (student: StudentRecord) => StudentRecord,
    signal?: AbortSignal,
  ): Promise<StudentRecord | undefined> {
    return untilKnown(async () => {
      const entry = await this.#entries.get(keyOf(id), { fresh: true, ...patient(signal) });
      if (!entry) return undefined;
      const student = recordOf(entry);
      const changed = change(student);
      if (changed === student) return student;
      await this.#entries.put(entry.key, changed, { revision: entry.revision, ...patient(signal) });
      return changed;
    }, signal);
  }
}

/**
 * Does it again, from the reading on, while its outcome is open: another writer came first, or the answer to a write was
 * lost. A write that did arrive after all has changed the revision, so the round that follows cannot do it a second time.
 */
async function untilKnown<T>(round: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await round();
    } catch (thrown) {
      if (!isOpen(thrown) || attempt === attemptsMax || signal?.aborted) throw thrown;
    }
    const window = Math.min(longestPauseMs, firstPauseMs * 2 ** attempt);
    await wait(Math.random() * window, undefined, signal && { signal });
  }
}

function isOpen(thrown: unknown): boolean {
  if (SkylarkError.is(thrown, "aborted")) return true;
  return SkylarkError.is(thrown, "unavailable") && thrown.reason === "CONNECTION_LOST";
}

function patient(signal?: AbortSignal): { readonly timeoutMs: number; readonly signal?: AbortSignal } {
  return { timeoutMs: answerMs, ...(signal && { signal }) };
}

/** All or nothing: of two instances that find the store empty, one fills it. */
async function fill(entries: Entries): Promise<void> {
  try {
    await entries.multi(
      [
        { kind: "create", key: folder, value: { layout: 1 } },
        ...firstStudents.map((value) => ({ kind: "create" as const, key: keyOf(value.id), value })),
      ],
      patient(),
    );
  } catch (thrown) {
    if (!SkylarkError.is(thrown, "already_exists")) throw thrown;
  }
}

function keyOf(id: number): string {
  return `${studentsFolder}/${id}`;
}

/** What stands in the store can be edited by anybody: it is believed when it fits. */
function recordOf({ key, value }: Entry): StudentRecord {
  const { success, data, error } = StudentRecord.safeParse(value);
  if (success) return data;
  const problems = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  throw new SkylarkError("data_loss", `the entry ${key} is no student: ${problems}`);
}
