import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder of this test alone, gone when the test is over. Short: a unix socket's path has 104 bytes at most. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sky-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
