import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtVersion, findFormerVersion } from "../e2e/support/versions/former-version.js";
import { recordCalls } from "./former-version/calls.js";
import { recordEntries } from "./former-version/entries.js";
import { recordJournal } from "./former-version/journal.js";
import { recordSession } from "./former-version/session.js";
import { repositoryRoot } from "./report.js";

/**
 * `npx tsx scripts/record-former-version.ts`: has the former version, built for the purpose, say and write what the tests of
 * today's packages read (`former-version` in their `test` folders). Run again when another version becomes the former one.
 */
const former = findFormerVersion();
if (former.kind === "missing") throw new Error(former.why);
const { commit } = former;
const folder = builtVersion(commit);
const home = mkdtempSync(join(tmpdir(), "skylark-record-"));
try {
  write("rpc/test/former-version.json", await recordCalls(folder));
  write("coordination/test/former-version/recorded.json", {
    session: await recordSession(folder, join(home, "session")),
    journal: await recordJournal(folder, join(home, "journal")),
  });
  write("discovery/test/former-version.json", await recordEntries(folder, join(home, "entries")));
} finally {
  rmSync(home, { recursive: true, force: true });
}

function write(path: string, recorded: object): void {
  writeFileSync(
    join(repositoryRoot, "packages", path),
    `${JSON.stringify({ recordedFrom: commit, ...recorded }, undefined, 2)}\n`,
  );
}
