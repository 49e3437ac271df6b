import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Finding } from "../report.js";

const ownFolders = ["home", "root", "work", "Users"];
const machinePath = new RegExp(String.raw`(?<![\w.~$})/-])/(${ownFolders.join("|")})/[\w.@-]+`);

/** Paths that exist on one machine only, and download addresses of one machine's registry. */
export function checkMachinePaths(root: string, path: string): Finding[] {
  const text = readFileSync(join(root, path), "utf8");
  if (text.includes("\0")) return []; // not text
  const findings: Finding[] = [];
  text.split("\n").forEach((line, index) => {
    const place = `${path}:${index + 1}`;
    const found = machinePath.exec(line)?.[0];
    if (found) findings.push({ place, message: `${found} is a path of one machine: make it relative` });
    if (path.endsWith("package-lock.json") && /"resolved": "https?:/.test(line)) {
      findings.push({
        place,
        message: "a download address in the lock: npm install with this folder's .npmrc drops it",
      });
    }
    if (path.endsWith(".npmrc") && /registry\s*=|_auth/.test(line)) {
      findings.push({ place, message: "which registry serves the packages is the machine's business" });
    }
  });
  return findings;
}
