import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser, openPage } from "./browser.js";
import { Ground } from "./running-process.js";

const ground = new Ground();
let browser: Browser;
let url = "";

beforeAll(async () => {
  browser = await launchBrowser();
  await ground.part("grading");
  url = (await ground.part("portal")).address;
});
afterAll(async () => {
  await browser?.close();
  await ground[Symbol.asyncDispose]();
});

async function onPage(path: string, test: (page: Page) => Promise<void>, javaScriptEnabled = true): Promise<void> {
  const page = await openPage(browser, { javaScriptEnabled });
  try {
    await page.goto(url + path);
    await test(page);
  } finally {
    await page.close();
  }
}

async function fill(page: Page, grade: { subject?: string; score?: string; kind?: string; comment?: string }) {
  if (grade.subject !== undefined) await page.fill("#subject", grade.subject);
  if (grade.kind !== undefined) await page.selectOption("#kind", grade.kind);
  if (grade.score !== undefined) await page.fill("#score", grade.score);
  if (grade.comment !== undefined) await page.fill("#comment", grade.comment);
}

function focused(page: Page): Promise<string> {
  return page.evaluate<string>("document.activeElement.id");
}

const average = ".figure b";

describe.each([
  ["with scripts", true],
  ["without scripts", false],
])("DEMO-1.2 in a browser %s, the portal", (how, scripts) => {
  it("lists the students, opens one, adds a grade, and shows it with the new average", async () => {
    await onPage(
      "/",
      async (page) => {
        expect(await page.locator(".students tbody tr").count()).toBe(6);
        const name = scripts ? "Émile" : "Benedikt";
        await page.getByRole("link", { name }).click();
        await page.waitForSelector(`h1:has-text("${name}")`);
        expect(await page.locator(average).textContent()).toBe(scripts ? "67.0" : "71.0");
        await fill(page, { subject: `Poetry ${how}`, kind: "Exam", score: "100", comment: "By heart." });
        await page.getByRole("button", { name: "Add grade" }).click();
        await page.waitForURL(/#grade-/);
        const first = page.locator(".grades li").first();
        expect(await first.locator(".subject").textContent()).toBe(`Poetry ${how}`);
        expect(await first.locator(".score").textContent()).toBe("100");
        expect(await page.locator(average).textContent()).toBe(scripts ? "78.0" : "80.7");
        expect(await page.inputValue("#subject")).toBe("");
        await page.getByRole("link", { name: "All students" }).click();
        await page.waitForSelector(".students");
        expect(await page.locator("tr", { hasText: name }).locator(".average").textContent()).toMatch(/78\.0|80\.7/);
      },
      scripts,
    );
  });

  it("says at the field what is wrong with it, keeps what was typed, and takes the correction", async () => {
    await onPage(
      "/students/3",
      async (page) => {
        await fill(page, { subject: "Sums", score: "101", comment: "stays" });
        await page.getByRole("button", { name: "Add grade" }).click();
        await page.waitForSelector("#score-problem");
        expect(await page.textContent("#score-problem")).toBe("The score must be a number from 0 to 100");
        expect(await page.getAttribute("#score", "aria-describedby")).toBe("score-problem");
        expect(await page.locator(".problem").count()).toBe(1);
        expect([await page.inputValue("#subject"), await page.inputValue("#comment")]).toEqual(["Sums", "stays"]);
        await page.waitForSelector("#score:focus");
        const [field, problem] = await Promise.all([page.locator("#score"), page.locator("#score-problem")].map(boxOf));
        expect(problem?.y).toBeGreaterThanOrEqual((field?.y ?? 0) + (field?.height ?? 0));
        expect((problem?.y ?? 0) - (field?.y ?? 0)).toBeLessThan(80);
        await page.fill("#score", "99,5");
        await page.keyboard.press("Enter");
        await page.waitForURL(/#grade-/);
        expect(await page.locator(".grades .score").first().textContent()).toBe("99.5");
        expect(await page.locator(".problem").count()).toBe(0);
      },
      scripts,
    );
  });
});

function boxOf(locator: ReturnType<Page["locator"]>) {
  return locator.boundingBox();
}

describe("in a browser, the portal", () => {
  it("is used by keyboard alone: past the menu, to a student, through the form, to the new grade", async () => {
    await onPage("/students", async (page) => {
      await page.keyboard.press("Tab");
      expect(await page.textContent(":focus")).toBe("To the content");
      expect(await page.locator(":focus").boundingBox()).toMatchObject({ y: 0 }); // hidden until it is reached
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      expect(await focused(page)).toBe("student-2");
      expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
      await page.keyboard.press("Enter");
      await page.waitForSelector("main form");
      await page.focus("#subject");
      for (const word of ["Rivers", "Quiz", "80", "Well read"]) {
        await page.keyboard.type(word);
        await page.keyboard.press("Tab");
      }
      expect(await page.textContent(":focus")).toBe("Add grade");
      await page.keyboard.press("Space");
      await page.waitForURL(/#grade-/);
      await page.waitForSelector(".grades li:focus");
      expect(await page.textContent(".grades li:focus")).toMatch(/Rivers\s+Quiz/);
    });
  });

  it("adds a grade once, however often the button is pressed", async () => {
    await onPage("/students/6", async (page) => {
      await fill(page, { subject: "Pressed twice", score: "70" });
      await page.evaluate("for (const _ of [1, 2, 3]) document.querySelector('form').requestSubmit()");
      await page.waitForURL(/#grade-/);
      await page.goto(`${url}/students/6`);
      expect(await page.getByText("Pressed twice").count()).toBe(1);
    });
  });

  it("gives a form that has given its grade another, rather than to refuse it for ever", async () => {
    await onPage("/students/6", async (page) => {
      const id = await page.inputValue("[name=id]");
      const body = new URLSearchParams({ id, subject: "First", kind: "Quiz", score: "60" });
      expect((await fetch(`${url}/students/6`, { method: "POST", body, redirect: "manual" })).status).toBe(303);
      await fill(page, { subject: "Second", score: "61" });
      await page.click("[type=submit]");
      await page.waitForSelector("#form-notice");
      expect(await page.inputValue("#subject")).toBe("Second");
      await page.click("[type=submit]");
      await page.waitForURL(/#grade-/);
      expect(await page.locator(".subject").allTextContents()).toEqual(expect.arrayContaining(["First", "Second"]));
    });
  });

  it("runs no script that stands in what people typed, and breaks no rule of its own policy", async () => {
    await onPage("/students/4", async (page) => {
      const wrong: string[] = [];
      page.on("dialog", (dialog) => void dialog.dismiss().then(() => wrong.push("a dialog")));
      page.on("console", (message) => /policy/i.test(message.text()) && wrong.push(message.text()));
      page.on("pageerror", (error) => wrong.push(error.message));
      const evil = `<img src=x onerror="alert(1)"><script>alert(2)</script>`;
      await fill(page, { subject: evil, score: "1", comment: evil });
      await page.click("[type=submit]");
      await page.waitForURL(/#grade-/);
      await page.reload();
      expect(await page.locator(".subject").first().textContent()).toBe(evil);
      expect(wrong).toEqual([]);
    });
  });
});
