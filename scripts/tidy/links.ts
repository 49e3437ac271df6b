import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type { Finding } from "../report.js";

/** Relative links of a page that lead nowhere: no such file, no such heading, no such line. */
export function checkLinks(root: string, path: string): Finding[] {
  const findings: Finding[] = [];
  for (const { target, line } of linksOf(readFileSync(join(root, path), "utf8"))) {
    const [file = "", anchor] = target.split("#", 2);
    const to = file === "" ? path : normalize(join(dirname(path), decodeURIComponent(file)));
    const place = `${path}:${line}`;
    if (to.startsWith("..")) findings.push({ place, message: `${target} leaves the repository` });
    else if (!existsSync(join(root, to))) findings.push({ place, message: `${target} leads nowhere: no ${to}` });
    else if (anchor !== undefined && !hasAnchor(join(root, to), anchor)) {
      findings.push({ place, message: `${target} leads nowhere: ${to} has no place #${anchor}` });
    }
  }
  return findings;
}

function linksOf(markdown: string): { target: string; line: number }[] {
  const links: { target: string; line: number }[] = [];
  proseLines(markdown).forEach((prose, index) => {
    const inline = prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g);
    const definition = prose.matchAll(/^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/g);
    for (const [, target = ""] of [...inline, ...definition]) {
      if (!/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target)) links.push({ target, line: index + 1 });
    }
  });
  return links;
}

/** The lines with code blanked out: what looks like a link in code is none. */
function proseLines(markdown: string): string[] {
  let fence: string | undefined;
  return markdown.split("\n").map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence)) fence = undefined;
      return "";
    }
    if (mark !== undefined) {
      fence = mark;
      return "";
    }
    return line.replace(/(`+)(?!`).*?(?<!`)\1(?!`)/g, "");
  });
}

function hasAnchor(file: string, anchor: string): boolean {
  if (statSync(file).isDirectory()) return false;
  const text = readFileSync(file, "utf8");
  const lines = /^L(\d+)(?:-L(\d+))?$/.exec(anchor);
  if (lines) return Number(lines[2] ?? lines[1]) <= text.split("\n").length;
  return file.endsWith(".md") && anchorsOf(text).has(decodeURIComponent(anchor));
}

/** The anchors of a page as code hosts make them: of each heading, numbered where it stands twice, and of `id="…"`. */
function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, id = ""] of markdown.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(id);
  const headings = markdown.replace(/^\s*(`{3,}|~{3,})[\s\S]*?^\s*\1/gm, "").matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm);
  for (const [, heading = ""] of headings) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    let anchor = slug;
    for (let times = 1; anchors.has(anchor); times++) anchor = `${slug}-${times}`;
    anchors.add(anchor);
  }
  return anchors;
}
