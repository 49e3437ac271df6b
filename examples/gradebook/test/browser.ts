import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import axe, { type AxeResults } from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Against a standstill, and no check: what a page waits for on a busy machine comes far sooner. */
const patienceMs = 120_000;

/** Debian's chromium, without a window. Whoever launches it closes it. */
export function launchBrowser(): Promise<Browser> {
  // as root, as in containers, Chromium starts only without its sandbox
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: browserPath(), args, timeout: patienceMs });
}

/** Whoever opens it closes it. */
export async function openPage(browser: Browser, options?: BrowserContextOptions): Promise<Page> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(patienceMs);
  return page;
}

const commands = ["chromium", "chromium-browser"];

function browserPath(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = folders.flatMap((folder) => commands.map((command) => join(folder, command))).find(isExecutable);
  if (found) return found;
  throw new Error(`no ${commands.join(" and no ")} on the path: install it, as root with "apt-get install chromium"`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What axe-core finds serious or critical on the page as it stands, in words. */
export async function seriousProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`);
}

/** By how many pixels the page is wider than what is seen of it. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate<number>("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth");
}
