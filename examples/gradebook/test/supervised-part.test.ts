import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SupervisedPart, type SupervisionLimits } from "../launcher/supervised-part.js";

let folder = "";
let part: SupervisedPart | undefined;
const words: string[] = [];
const lines: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skylark-part-"));
  words.length = 0;
  lines.length = 0;
});
afterEach(async () => {
  part?.kill();
  await part?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function supervised(code: string, limits: Partial<SupervisionLimits>): SupervisedPart {
  const script = join(folder, "part.mjs");
  writeFileSync(script, code);
  part = new SupervisedPart({
    name: "a part",
    script,
    limits,
    say: (text) => words.push(text),
    passOn: (line) => lines.push(line),
  });
  return part;
}

it("starts a part again that dies, and gives up on one that dies too quickly too often", async () => {
  const dying = supervised(`console.log("alive"); process.send({ ready: "here" }, () => process.exit(3));`, {
    quickMs: 600_000,
    quickDeathsMax: 3,
    firstPauseMs: 1,
  });
  expect(await dying.start()).toBe("here");
  await dying.down;
  expect(lines.filter((line) => line === "alive")).toHaveLength(3);
  expect(words.filter((text) => text.includes("started again"))).toHaveLength(2);
  expect(words.at(-1)).toMatch(/^ended with exit code 3, 3 times in a row .* it stays down/);
});

it("does not try again what does not even begin", async () => {
  const broken = supervised("process.exit(7);", {});
  await expect(broken.start()).rejects.toThrow("a part ended with exit code 7 before it was ready");
  expect(broken.pid).toBeUndefined();
});

it("is not started again once it was stopped, also while it waits for its next start", async () => {
  const dying = supervised(`process.send({ ready: "here" }, () => process.exit(3));`, { firstPauseMs: 600_000 });
  await dying.start();
  while (!words.some((text) => text.includes("started again"))) await new Promise(setImmediate);
  expect(await dying.stop()).toBe(true);
  await dying.down;
});

it("ends a part that does not leave when asked, and does not call that orderly", async () => {
  const deaf = supervised(`process.on("SIGTERM", () => {}).send({ ready: "here" }); setInterval(() => {}, 1000);`, {
    leaveMs: 50,
  });
  await deaf.start();
  expect(await deaf.stop()).toBe(false);
  expect(words.at(-1)).toBe("ended by SIGKILL");
});
