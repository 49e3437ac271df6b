import type { SkylarkError } from "@skylark/core";
import { deferred } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { Committer, type CommitterOwner } from "../../src/embedded/committer.js";
import { openStore } from "../../src/journal/open-store.js";
import type { Command, Outcome } from "../../src/state/command.js";
import type { StoredChange } from "../../src/state/effect.js";
import { FaultyDisk } from "../journal/faulty-disk.js";
import { ann, contentOf, openHosted } from "../journal/stored.js";
import { temporaryFolder } from "../temporary-folder.js";

const put = (key: string, value: number): Command => {
  return { kind: "write", session: ann, operations: [{ kind: "put", key, json: `${value}`, revision: undefined }] };
};
const get = (key: string): Command => ({ kind: "get", key });

class Trial implements CommitterOwner {
  readonly folder = temporaryFolder();
  readonly disk = new FaultyDisk();
  readonly opened;
  readonly committer: Committer;
  readonly told: string[] = [];
  may = true;
  syncsAtAnswer: number[] = [];

  constructor(journalBytesMax?: number) {
    const { folder, disk } = this;
    this.opened = openHosted(folder, { disk, ...(journalBytesMax !== undefined && { journalBytesMax }) });
    this.committer = new Committer(this.opened.store, this.opened.journal, this);
  }

  mayCommit(): boolean {
    return this.may;
  }

  committed(changes: readonly StoredChange[], number: number): void {
    const keys = changes.map((change) => (change.kind === "put" ? change.entry.key : change.key));
    this.told.push(`${number}: ${keys.join(" ")}`);
  }

  failed(error: SkylarkError | undefined): void {
    this.told.push(`failed: ${error?.code}`);
  }

  compactionFailed(): void {
    this.told.push("no room for a snapshot");
  }

  /** Submits all in one turn; resolves when every one is answered. */
  async submit(...commands: Command[]): Promise<Outcome[]> {
    return Promise.all(
      commands.map(async (command) => {
        const settled = deferred<Outcome>();
        this.committer.submit(command, (outcome) => {
          this.syncsAtAnswer.push(this.disk.syncs);
          settled.resolve(outcome);
        });
        return settled.promise;
      }),
    );
  }

  reopened(): Record<string, unknown> {
    this.opened.journal.close();
    const again = openStore({ folder: this.folder, now: 0 });
    again.journal.close();
    return contentOf(again);
  }
}

function jsonOf(outcome: Outcome | undefined): string | undefined {
  return outcome?.kind === "replied" && outcome.reply.kind === "entry" ? outcome.reply.entry?.json : undefined;
}

describe("group commit", () => {
  it("makes all that arrived together durable with one sync, before any of it is answered", async () => {
    const trial = new Trial();
    const before = trial.disk.syncs;
    await trial.submit(put("/a", 1), put("/b", 2), put("/c", 3));
    expect(trial.syncsAtAnswer).toEqual([before + 1, before + 1, before + 1]);
    expect(trial.told).toEqual(["1: /a", "2: /b", "3: /c"]);
    expect(trial.reopened()).toEqual({ "/a": 1, "/b": 2, "/c": 3 });
  });

  it("COORD-1.4 answers a read with every write before it, and none after it", async () => {
    const trial = new Trial();
    const outcomes = await trial.submit(put("/a", 1), get("/a"), put("/a", 2), get("/a"));
    expect([jsonOf(outcomes[1]), jsonOf(outcomes[3])]).toEqual(["1", "2"]);
    trial.opened.journal.close();
  });

  it("does not touch the disk for reads", async () => {
    const trial = new Trial();
    const before = trial.disk.syncs;
    await trial.submit(get("/a"), get("/b"));
    expect(trial.disk.syncs).toBe(before);
    trial.opened.journal.close();
  });

  it("COORD-1.15 takes a batch back that found no room: writes refused, reads answered as if it had never been", async () => {
    const trial = new Trial();
    await trial.submit(put("/a", 1));
    trial.disk.fault = { kind: "full", roomBytes: 10 };
    const refused = await trial.submit(put("/a", 2), get("/a"), put("/new", 3));
    expect(refused[0]).toMatchObject({ kind: "refused", error: { code: "resource_exhausted", notExecuted: true } });
    expect(jsonOf(refused[1])).toBe("1");
    expect(refused[2]).toMatchObject({ kind: "refused" });
    expect(trial.told).toEqual(["1: /a"]);
    trial.disk.fault = { kind: "none" };
    await trial.submit(put("/b", 4));
    expect(trial.told).toEqual(["1: /a", "2: /b"]);
    expect(trial.reopened()).toEqual({ "/a": 1, "/b": 4 });
  });

  it("answers nobody when the disk is broken, and ends", async () => {
    const trial = new Trial();
    trial.disk.fault = { kind: "failing", step: "sync" };
    const answered: string[] = [];
    trial.committer.submit(put("/a", 1), () => answered.push("/a"));
    trial.committer.end();
    trial.committer.submit(put("/b", 1), () => answered.push("/b"));
    trial.committer.end();
    expect(answered).toEqual([]);
    expect(trial.told).toEqual(["failed: internal"]);
    trial.opened.journal.close();
  });

  it("writes nothing where another may be writing", () => {
    const trial = new Trial();
    trial.may = false;
    trial.committer.submit(put("/a", 1), () => trial.told.push("answered"));
    trial.committer.end();
    expect(trial.told).toEqual(["failed: undefined"]);
    expect(trial.reopened()).toEqual({});
  });

  it("replaces a long journal by a snapshot, and goes on without one where there is no room for it", async () => {
    const trial = new Trial(1500);
    for (let count = 0; count < 30; count++) await trial.submit(put(`/a/${count % 3}`, count));
    expect(trial.opened.journal.path).not.toMatch(/journal-1$/);
    trial.opened.journal.close();
    const full = new Trial(1500);
    for (let count = 0; !full.told.includes("no room for a snapshot") && count < 100; count++) {
      await full.submit(put(`/a/${count % 3}`, count));
      if (count === 5) full.disk.fault = { kind: "full", roomBytes: 1300 };
    }
    expect(full.told).toContain("no room for a snapshot");
    full.disk.fault = { kind: "none" };
    await full.submit(put("/last", 1));
    expect(full.reopened()).toHaveProperty("/last", 1);
  });
});
