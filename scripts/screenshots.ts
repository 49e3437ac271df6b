import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";
import { repositoryRoot } from "./report.js";

/**
 * `npm run screenshots`: builds, starts the gradebook on a store of its own, and takes the pictures that the pages of the
 * documentation show, one for each theme. `-- --all <folder>` takes every page instead, light and dark, wide and narrow, to look at them.
 */
const pictures = { light: "docs/images/gradebook.png", dark: "docs/images/gradebook-dark.png" } as const;
const skyPath = join(repositoryRoot, "packages/cli/bin/sky.js");
const systemPath = join(repositoryRoot, "examples/gradebook/system.ts");
const browserPaths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const freePorts = { REGISTRY_PORT: "0", LOG_PORT: "0", GRADING_PORT: "0", PORTAL_PORT: "0" };
const schemes = ["light", "dark"] as const;
const widths = [1280, 390] as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { all: { type: "string" } } });
  const { status } = spawnSync("tsc", ["-b"], { stdio: "inherit", cwd: repositoryRoot });
  if (status !== 0) process.exit(status ?? 1);
  const home = mkdtempSync(join(tmpdir(), "skylark-screenshots-"));
  const gradebook = spawn(process.execPath, [skyPath, "up", systemPath], {
    env: { ...process.env, ...freePorts, SKYLARK_HOME: home },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const browser = await chromium.launch({ executablePath: browserPath(), args: ["--no-sandbox"] });
  try {
    const url = await addressOf(gradebook);
    if (values.all === undefined) await takePictures(browser, url);
    else await takeAll(browser, url, resolve(values.all));
  } finally {
    await browser.close();
    await end(gradebook);
    rmSync(home, { recursive: true, force: true });
  }
}

/** One grade more than the gradebook begins with, just given. */
async function takePictures(browser: Browser, url: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1080, height: 680 } });
  await page.goto(`${url}/students/3`);
  await addGrade(page, "Poetry of the Romantics", "96", "Learnt by heart, and well spoken.");
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(repositoryRoot, pictures[colorScheme]) });
    console.log(`took ${pictures[colorScheme]}`);
  }
}

async function takeAll(browser: Browser, url: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of schemes) {
    for (const width of widths) {
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
      const take = async (name: string): Promise<void> => {
        await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true });
        const overflow = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
        if (overflow === true) console.error(`${name} is wider than ${width} px`);
      };
      await page.goto(`${url}/students`);
      await take("students");
      await page.goto(`${url}/students/3`);
      await addGrade(page, `Rivers, seen ${colorScheme} at ${width}`, "90", "A comment\nof two lines.");
      await take("student");
      await page.goto(`${url}/students/4`);
      await take("empty");
      await addGrade(page, "", "101", "What was typed stays.");
      await take("problems");
      await page.goto(`${url}/about`);
      await page.waitForSelector(".presence:not([hidden])");
      await take("about");
      await page.goto(`${url}/students/99`);
      await take("unknown");
      await page.close();
    }
  }
  console.log(`took ${schemes.length * widths.length * 6} pictures into ${folder}`);
}

async function addGrade(page: Page, subject: string, score: string, comment: string): Promise<void> {
  await page.fill("#subject", subject);
  await page.fill("#score", score);
  await page.fill("#comment", comment);
  await page.click("button[type=submit]");
  await page.waitForSelector(".grades li:focus, [aria-invalid]");
}

/** Where its pages are, once it says so; it is listened to until it ends. */
function addressOf(gradebook: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: gradebook.stdout as NodeJS.ReadableStream });
    lines.on("line", (line) => {
      const found = /(http:\/\/\S+)\/students/.exec(line)?.[1];
      if (found) resolve(found);
    });
    lines.on("close", () => reject(new Error("the gradebook ended before it said where its pages are")));
  });
}

async function end(gradebook: ChildProcess): Promise<void> {
  if (gradebook.exitCode !== null || gradebook.signalCode !== null) return;
  gradebook.kill("SIGTERM");
  await once(gradebook, "exit");
}

function browserPath(): string {
  const found = browserPaths.find((path) => existsSync(path));
  if (found) return found;
  console.error(`no browser at ${browserPaths.join(", ")}: install one, as root with "apt-get install chromium"`);
  process.exit(1);
}

await main();
