import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser, openPage, overflowOf, seriousProblems } from "./browser.js";
import { Ground, type RunningPart } from "./running-process.js";

const ground = new Ground();
let browser: Browser;
let log: RunningPart;
let grading: RunningPart;
let url = "";

const word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(2);
const sentence = "Maria Concepción de los Ángeles Guadalupe Fernández y Villanueva de la Torre ".repeat(2).trim();
const grade = { kind: "Homework", score: 33.33, givenAt: "2026-11-06T09:00:00.000Z" };

beforeAll(async () => {
  browser = await launchBrowser();
  log = await ground.part("log");
  grading = await ground.part("grading");
  url = (await ground.part("portal")).address;
  const coordination = await ground.application().coordination();
  const grades = [
    { ...grade, id: "longest-word", subject: word.slice(0, 80), comment: word + word },
    { ...grade, id: "longest-line", subject: sentence.slice(0, 80), comment: `${sentence}\n${sentence}` },
  ];
  for (const [id, firstName, lastName] of [
    [7, word, word],
    [8, sentence, sentence],
  ] as const) {
    await coordination.put(`/apps/gradebook/students/${id}`, { id, firstName, lastName, grades });
  }
});
afterAll(async () => {
  await browser?.close();
  await ground[Symbol.asyncDispose]();
});

/** 1280 pixels at a zoom of 200 % are 640; at 400 % they are 320, which is also the smallest telephone. */
const widths = [1280, 640, 390, 320] as const;
const schemes = ["light", "dark"] as const;

/** Looks at the page in each width and theme; what is wrong anywhere, in words. */
async function flaws(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      const overflow = await overflowOf(page);
      if (overflow > 0) found.push(`${colorScheme}, ${width} wide: scrolls by ${overflow} pixels`);
      if (width === 640 || width === 320) continue; // what axe-core looks at is the same as at their neighbours
      for (const problem of await seriousProblems(page)) found.push(`${colorScheme}, ${width} wide: ${problem}`);
    }
  }
  return found;
}

async function onPage(path: string, test: (page: Page) => Promise<void>, of = url): Promise<void> {
  const page = await openPage(browser);
  try {
    await page.goto(of + path);
    await test(page);
  } finally {
    await page.close();
  }
}

describe("light and dark, from 1280 pixels down to 320, nothing is cut, scrolls sideways or is hard to read", () => {
  it.each([
    ["the list, with very long names and words", "/students"],
    ["a student", "/students/3"],
    ["a student without grades", "/students/4"],
    ["a student whose name and grades are one very long word", "/students/7"],
    ["a student whose name and grades are very long lines", "/students/8"],
    ["how it is made", "/about"],
    ["a student that is not there", "/students/99"],
    ["a page that is not there", "/nothing"],
  ])("%s", async (_, path) => {
    await onPage(path, async (page) => expect(await flaws(page)).toEqual([]));
  });

  it("and what is would be found", async () => {
    await onPage("/students", async (page) => {
      await page.evaluate("document.querySelector('h1').style.color = '#9a9a9a'");
      await page.evaluate("document.querySelector('tbody a').style.cssText = 'display: block; min-width: 1000px'");
      const found = (await flaws(page)).join("\n");
      expect(found).toMatch(/light, 1280 wide: color-contrast/);
      expect(found).toMatch(/light, 390 wide: scrolls by \d+ pixels/);
    });
  });

  it("a form with a problem at each field", async () => {
    await onPage("/students/8", async (page) => {
      await page.evaluate("document.getElementById('comment').removeAttribute('maxlength')");
      await page.evaluate("document.querySelector('#kind option').textContent = 'Party'");
      await page.fill("#score", word.slice(0, 16));
      await page.fill("#comment", word.repeat(4));
      await page.click("[type=submit]");
      await page.waitForSelector("#comment-problem");
      expect(await page.locator(".problem").count()).toBe(4);
      expect(await flaws(page)).toEqual([]);
    });
  });

  it("a grade just added", async () => {
    await onPage("/students/4", async (page) => {
      await page.fill("#subject", word.slice(0, 80));
      await page.fill("#score", "99.99");
      await page.click("[type=submit]");
      await page.waitForURL(/#grade-/);
      expect(await flaws(page)).toEqual([]);
    });
  });

  it("every page while grading and the log service are away, and a form that was sent then", async () => {
    // one that soon gives up; the portal of the other tests is as patient as a busy machine asks for
    const { address } = await ground.part("portal", { PORTAL_GRADING_TIMEOUT_MS: "1000" });
    const test = async (page: Page): Promise<void> => {
      await page.waitForSelector("#notices .notice", { state: "detached" });
      await Promise.all([grading.kill(), log.kill()]);
      await page.waitForSelector("#notices .quiet");
      await page.waitForSelector("#notices .loud");
      expect(await flaws(page)).toEqual([]);
      await page.fill("#subject", word.slice(0, 80));
      await page.fill("#score", "1");
      await page.click("[type=submit]");
      await page.waitForSelector("#form-notice");
      expect(await flaws(page)).toEqual([]);
      for (const path of ["/students", "/students/7", "/about"]) {
        await page.goto(address + path);
        await page.waitForSelector("#notices .quiet");
        await page.waitForSelector("#notices .loud");
        expect({ path, flaws: await flaws(page) }).toEqual({ path, flaws: [] });
      }
    };
    await onPage("/students/7", test, address);
  });
});
