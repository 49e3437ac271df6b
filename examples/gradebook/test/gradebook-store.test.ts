import type { Coordination, Entry, Json, Operation, Revision } from "@skylark/coordination";
import { SkylarkError } from "skylark";
import { describe, expect, it } from "vitest";
import type { Grade } from "../grading/grade.js";
import { withGrade } from "../grading/service/grading-service.js";
import { type Entries, GradebookStore } from "../grading/storage/gradebook-store.js";

/** A store of entries in which answers can be lost, and others can come first. */
class FaultyEntries implements Entries {
  /** What befalls the next writes, one after another. */
  readonly faults: ("reply lost" | "arrives late" | "another first")[] = [];
  writes = 0;
  readonly #entries = new Map<string, { value: Json; revision: number }>();
  #late: (() => void) | undefined;

  get: Coordination["get"] = async (key) => {
    const found = this.#entry(key);
    this.#late?.(); // behind the reader's back: after the read, before what the reader does with it
    this.#late = undefined;
    return found;
  };

  list: Coordination["list"] = async (parent) =>
    [...this.#entries.keys()].filter((key) => key.startsWith(`${parent}/`)).map((key) => this.#entry(key) as Entry);

  put: Coordination["put"] = async (key, value, options) => {
    const write = (): void => {
      const before = this.#entries.get(key);
      if (String(before?.revision) !== options?.revision) throw new SkylarkError("aborted", "another came first");
      this.#entries.set(key, { value, revision: (before?.revision ?? 0) + 1 });
      this.writes++;
    };
    const fault = this.faults.shift();
    if (fault === "arrives late") this.#late = () => tried(write);
    if (fault === "another first") this.#touch(key);
    if (fault !== "arrives late") write();
    if (fault !== undefined)
      throw new SkylarkError("unavailable", "the answer was lost", { reason: "CONNECTION_LOST" });
    return this.#entry(key) as Entry;
  };

  multi: Coordination["multi"] = async (operations: readonly Operation[]) => {
    for (const operation of operations) {
      if (operation.kind !== "create") throw new Error(`a ${operation.kind} is not expected`);
      if (this.#entries.has(operation.key)) throw new SkylarkError("already_exists", operation.key);
    }
    for (const operation of operations) {
      if (operation.kind === "create") this.#entries.set(operation.key, { value: operation.value, revision: 1 });
    }
    return [];
  };

  /** Makes every reader's revision an old one. */
  #touch(key: string): void {
    const before = this.#entries.get(key);
    if (before) this.#entries.set(key, { ...before, revision: before.revision + 1 });
  }

  #entry(key: string): Entry | undefined {
    const found = this.#entries.get(key);
    return found && { key, value: found.value, revision: String(found.revision) as Revision, owner: undefined };
  }
}

function tried(write: () => void): void {
  try {
    write();
  } catch {
    // the late write finds another revision, as it must
  }
}

const grade: Grade = {
  id: "a-grade-of-mine",
  subject: "Sums",
  kind: "Quiz",
  score: 50,
  comment: "",
  givenAt: "2026-11-20T12:00:00.000Z",
};

async function addUnder(...faults: FaultyEntries["faults"]): Promise<{ grades: Grade[]; writes: number }> {
  const entries = new FaultyEntries();
  const store = await GradebookStore.open(entries);
  entries.faults.push(...faults);
  const after = await store.update(4, (student) => withGrade(student, grade));
  expect(after?.grades).toEqual([grade]);
  return { grades: (await store.student(4))?.grades ?? [], writes: entries.writes };
}

describe("a grade is added once", () => {
  it("when all goes well", async () => {
    expect(await addUnder()).toEqual({ grades: [grade], writes: 1 });
  });

  it("when the answer to the write was lost", async () => {
    expect(await addUnder("reply lost")).toEqual({ grades: [grade], writes: 1 });
  });

  it("when the write arrives after it was given up, behind the next reading", async () => {
    expect(await addUnder("arrives late")).toEqual({ grades: [grade], writes: 1 });
  });

  it("when another writer came first", async () => {
    expect(await addUnder("another first")).toEqual({ grades: [grade], writes: 1 });
  });

  it("when all of that happens in turn", async () => {
    expect(await addUnder("another first", "arrives late")).toEqual({ grades: [grade], writes: 1 });
  });
});

describe("the gradebook's store", () => {
  it("gives up after a bounded number of rounds, and says that others were first", async () => {
    const entries = new FaultyEntries();
    const store = await GradebookStore.open(entries);
    entries.faults.push(...Array.from({ length: 100 }, () => "another first" as const));
    await expect(store.update(4, (student) => withGrade(student, grade))).rejects.toMatchObject({ code: "aborted" });
    expect(entries.faults.length).toBeGreaterThan(0);
  });

  it("stops trying when nobody waits any more", async () => {
    const entries = new FaultyEntries();
    const store = await GradebookStore.open(entries);
    entries.faults.push("another first", "another first");
    const gone = AbortSignal.abort();
    await expect(store.update(4, (student) => withGrade(student, grade), gone)).rejects.toMatchObject({
      code: "aborted",
    });
    expect(entries.faults).toHaveLength(1);
  });

  it("is filled once, by whoever comes first", async () => {
    const entries = new FaultyEntries();
    const first = await GradebookStore.open(entries);
    await first.update(4, (student) => withGrade(student, grade));
    const second = await GradebookStore.open(entries);
    expect((await second.students()).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await second.student(4))?.grades).toEqual([grade]);
  });

  it("believes nothing that is no student, and names the entry", async () => {
    const entries = new FaultyEntries();
    const store = await GradebookStore.open(entries);
    await entries.multi([{ kind: "create", key: "/apps/gradebook/students/7", value: { id: 7, grades: "none" } }]);
    await expect(store.students()).rejects.toMatchObject({
      code: "data_loss",
      message: expect.stringContaining("/apps/gradebook/students/7"),
    });
  });
});
