import { readFileSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { readWorkspace } from "./layers/workspace.js";
import { type CheckResult, isMain, report, repositoryRoot } from "./report.js";

/** What an installed package would offer, judged by what `tsc -b` built. */
export async function checkPackages(root: string): Promise<CheckResult> {
  const folders = readWorkspace(root)
    .map(({ folder }) => folder)
    .filter((folder) => !isPrivate(root, folder));
  const results = await Promise.all(
    folders.map(async (folder) => {
      const pkgDir = join(root, folder);
      const { messages, pkg } = await publint({ pkgDir, pack: false, level: "warning" });
      return messages.map((message) => ({ place: folder, message: formatMessage(message, pkg) ?? message.code }));
    }),
  );
  return { findings: results.flat(), summary: `looked at ${folders.length} packages` };
}

function isPrivate(root: string, folder: string): boolean {
  const json = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as { private?: boolean };
  return json.private === true;
}

if (isMain(import.meta.url)) report(await checkPackages(repositoryRoot));
