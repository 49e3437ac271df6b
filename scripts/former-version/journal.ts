import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SessionId } from "@skylark/coordination";
import type { Command } from "../../packages/coordination/src/state/command.js";
import { moduleOf } from "./module-of.js";

type OpenStore = typeof import("../../packages/coordination/src/journal/open-store.js");

export interface RecordedJournal {
  readonly commands: readonly Command[];
  /** The text of each file, after half of the commands were gathered into a snapshot. */
  readonly files: Readonly<Record<string, string>>;
}

const session = "ann" as SessionId;

const put = (key: string, json: string): Command => ({
  kind: "write",
  session,
  operations: [{ kind: "put", key, json, revision: undefined }],
});

/** Everything that changes a store. The first half goes into the snapshot. */
const commands: readonly Command[] = [
  { kind: "host", tag: "t1" },
  { kind: "openSession", session, ttlMs: 4000, now: 0 },
  put("/apps/title", '{"text":"Grades"}'),
  { kind: "write", session, operations: [{ kind: "create", key: "/apps/here", json: '"own"', ephemeral: true }] },
  { kind: "host", tag: "t2" },
  put("/apps/title", '[1,null,"ü"]'),
  { kind: "openSession", session: "bob" as SessionId, ttlMs: 8000, now: 0 },
  { kind: "endSession", session: "bob" as SessionId },
  { kind: "write", session, operations: [{ kind: "delete", key: "/apps/title", revision: undefined }] },
  put("/apps/last", "4711"),
];

/** What the former version keeps on the disk. */
export async function recordJournal(folder: string, home: string): Promise<RecordedJournal> {
  const { openStore } = await moduleOf<OpenStore>(folder, "coordination/dist/journal/open-store.js");
  mkdirSync(home, { mode: 0o700 });
  const { store, journal } = openStore({ folder: home, now: 0 });
  for (const [at, command] of commands.entries()) {
    const outcome = store.apply(command);
    if (outcome.kind === "refused") throw outcome.error;
    journal.append(outcome.effects);
    if (at + 1 === commands.length / 2) journal.snapshot(store);
  }
  journal.close();
  const files = readdirSync(home).toSorted();
  return {
    commands,
    files: Object.fromEntries(files.map((name) => [name, readFileSync(join(home, name), "utf8")])),
  };
}
