import { Logs } from "@skylark/logs";
import type { Browser, Page } from "playwright-core";
import { connect } from "skylark";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser, openPage } from "./browser.js";
import { Ground, type RunningPart } from "./running-process.js";

/** What the bar allows, from the death of a part to the notice on a page that is open; more where the machine may be busy. */
const noticeWithinMs = process.env["SKYLARK_FULL"] === "1" ? 2_000 : Number.POSITIVE_INFINITY;
/** How long the portal waits for grading: what it takes to show a page without it, and more than a busy machine stands still. */
const gradingTimeoutMs = "4000";

const ground = new Ground();
let browser: Browser;
let log: RunningPart;
let grading: RunningPart;
let portal: RunningPart;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
  log = await ground.part("log");
  grading = await ground.part("grading");
  portal = await ground.part("portal", { PORTAL_GRADING_TIMEOUT_MS: gradingTimeoutMs });
});
afterEach(() => page.close());
afterAll(async () => {
  await browser?.close();
  await ground[Symbol.asyncDispose]();
});

/** A page that is never loaded again keeps the mark that is put on it here. */
async function open(path: string): Promise<void> {
  page = await openPage(browser, { viewport: { width: 800, height: 420 } });
  await page.goto(portal.address + path);
  await page.evaluate("window.neverReloaded = true");
}

async function expectNeverReloaded(): Promise<void> {
  expect(await page.evaluate("window.neverReloaded")).toBe(true);
}

/** Where it is seen, from the upper edge of the window. */
function topOf(selector: string): Promise<number> {
  return page.evaluate<number>(`document.querySelector("${selector}").getBoundingClientRect().top`);
}

const notice = (missing: string): string => `#notices [data-missing="${missing}"]`;

/** Kills grading, and answers how long it took until the page said so. */
async function killGrading(): Promise<number> {
  const killedAt = performance.now();
  await grading.kill();
  await page.waitForSelector(notice("grading"));
  return Math.round(performance.now() - killedAt);
}

async function bringGradingBack(): Promise<void> {
  grading = await ground.part("grading");
  await page.waitForSelector(notice("grading"), { state: "detached" });
}

async function typeGrade(subject: string): Promise<void> {
  await page.fill("#subject", subject);
  await page.fill("#score", "64");
  await page.fill("#comment", "half a thought");
}

async function expectTyped(subject: string): Promise<void> {
  expect(await page.inputValue("#subject")).toBe(subject);
  expect(await page.inputValue("#score")).toBe("64");
  expect(await page.inputValue("#comment")).toBe("half a thought");
}

describe("DEMO-2.2 a page that is open, with grading killed", () => {
  it("says so within two seconds, and by itself shows what is new when it is back, where it was scrolled to", async () => {
    const times: number[] = [];
    for (const round of [1, 2, 3]) {
      await open("/students");
      await page.evaluate("scrollTo(0, 60)");
      const seenAt = await topOf("#student-4");
      times.push(await killGrading());
      expect(await page.locator(".students tbody tr").count()).toBe(6); // what was there stays readable
      await rename(6, `Haddad the ${round}.`);
      await bringGradingBack();
      await page.waitForSelector(`text=Haddad the ${round}.`);
      expect(Math.abs((await topOf("#student-4")) - seenAt)).toBeLessThan(2);
      await expectNeverReloaded();
      if (round < 3) await page.close();
    }
    process.stdout.write(`[notice on an open page] after ${times.join(", ")} ms\n`);
    expect(Math.max(...times)).toBeLessThanOrEqual(noticeWithinMs);
  });

  it("says so too of a grading that is frozen, and goes on when it thaws", async () => {
    await open("/students");
    grading.child.kill("SIGSTOP");
    await page.waitForSelector(notice("grading"));
    grading.child.kill("SIGCONT");
    await page.waitForSelector(notice("grading"), { state: "detached" });
    await expectNeverReloaded();
  });

  it("becomes the page that was asked for, where that could not be had at first", async () => {
    await open("/students");
    await killGrading();
    await page.goto(`${portal.address}/students/5`);
    expect(await page.textContent("h1")).toBe("Not right now");
    await page.waitForSelector(notice("grading"));
    await bringGradingBack();
    await page.waitForSelector("main form");
    expect(await page.textContent("h1")).toBe("Émile Fournier");
    expect(await page.title()).toBe("Émile Fournier · Gradebook");
  });

  it("keeps a half-filled form, the cursor in it, and sends it when grading is back", async () => {
    await open("/students/5");
    await typeGrade("Half a thought");
    await page.focus("#comment");
    await killGrading();
    await expectTyped("Half a thought");
    await bringGradingBack();
    await expectTyped("Half a thought");
    expect(await page.evaluate("document.activeElement.id")).toBe("comment");
    await expectNeverReloaded();
    await page.click("[type=submit]");
    await page.waitForURL(/#grade-/);
    expect(await page.getByText("Half a thought", { exact: true }).count()).toBe(1);
  });

  it("keeps a form that was sent meanwhile, says what became of it, and counts it once", async () => {
    await open("/students/5");
    await killGrading();
    await typeGrade("Sent into the void");
    await page.click("[type=submit]");
    await page.waitForSelector("#form-notice");
    expect(await page.textContent("#form-notice")).toContain("The grade was not saved.");
    expect(await page.textContent("h1")).toBe("Émile Fournier"); // what was known of him stays
    await expectTyped("Sent into the void");
    await bringGradingBack();
    await expectTyped("Sent into the void");
    await page.click("[type=submit]");
    await page.waitForURL(/#grade-/);
    expect(await page.getByText("Sent into the void").count()).toBe(1);
    await expectNeverReloaded();
  });
});

describe("DEMO-2.2 a page that is open, with the log service killed", () => {
  it("says so quietly, works as before, and what was logged meanwhile is there when it is back", async () => {
    await open("/students/5");
    await log.kill();
    await page.waitForSelector(`${notice("log")}.quiet`);
    await page.waitForSelector("#notices .loud", { state: "detached" });
    await typeGrade("Logged later");
    await page.click("[type=submit]");
    await page.waitForURL(/#grade-/);
    await page.goto(`${portal.address}/students?marked=while-away`);
    await page.waitForSelector(notice("log")); // the page that is made now says it too
    await page.evaluate("window.neverReloaded = true");
    log = await ground.part("log");
    await page.waitForSelector(notice("log"), { state: "detached" });
    await expectNeverReloaded();
    const logs = await connect(Logs, { application: ground.application() });
    const messages = async (): Promise<string[]> => {
      const found: string[] = [];
      for await (const { lines } of logs.read({ origin: "portal", text: "while-away" })) {
        found.push(...lines.map(({ message }) => message));
      }
      return found;
    };
    await expect.poll(messages).toEqual(["GET /students?marked=while-away 200"]);
  });
});

describe("DEMO-2.2 a page that is open, with the portal killed", () => {
  it("says so, loses nothing that was typed or sent, and goes on with the next portal", async () => {
    await open("/students/5");
    await typeGrade("Outlives the portal");
    const { port } = new URL(portal.address);
    await portal.kill();
    await page.waitForSelector(notice("portal"));
    await page.click("[type=submit]");
    await page.waitForSelector("#form-notice");
    await expectTyped("Outlives the portal");
    portal = await ground.part("portal", { PORTAL_PORT: port, PORTAL_GRADING_TIMEOUT_MS: gradingTimeoutMs });
    await page.waitForSelector(notice("portal"), { state: "detached" });
    await expectTyped("Outlives the portal");
    await expectNeverReloaded();
    await page.click("[type=submit]");
    await page.waitForURL(/#grade-/);
    expect(await page.getByText("Outlives the portal").count()).toBe(1);
  });
});

describe("DEMO-2.2 without scripts", () => {
  it("a list that cannot be had asks for itself again until it can", async () => {
    page = await openPage(browser, { javaScriptEnabled: false });
    await grading.kill();
    await page.goto(`${portal.address}/students`);
    await page.waitForSelector(notice("grading"));
    grading = await ground.part("grading");
    await page.waitForSelector(".students");
    expect(await page.locator(notice("grading")).count()).toBe(0);
  });

  it("a form that was sent is kept, and no reload takes it away", async () => {
    page = await openPage(browser, { javaScriptEnabled: false });
    await page.goto(`${portal.address}/students/5`);
    await typeGrade("Sent without scripts");
    await grading.kill();
    await page.click("[type=submit]");
    await page.waitForSelector("#form-notice");
    await page.waitForSelector(notice("grading"));
    await expectTyped("Sent without scripts");
    expect(await page.content()).not.toContain('http-equiv="refresh"');
    grading = await ground.part("grading");
    await expect
      .poll(async () => {
        await page.click("[type=submit]");
        return page.url();
      })
      .toMatch(/#grade-/);
    await page.waitForLoadState(); // the address is there before the page is
    expect(await page.getByText("Sent without scripts").count()).toBe(1);
  });
});

/** Behind grading's back, where it keeps its students. */
async function rename(id: number, lastName: string): Promise<void> {
  const coordination = await ground.application().coordination();
  const key = `/apps/gradebook/students/${id}`;
  const entry = await coordination.get(key, { fresh: true });
  await coordination.put(key, { ...(entry?.value as object), lastName });
}
