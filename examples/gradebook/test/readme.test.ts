import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Ground } from "./running-process.js";

const run = promisify(execFile);
const ground = new Ground();
/** The address that stands in the page, and the one that stands for it here. */
const addresses = new Map<string, string>();

beforeAll(async () => {
  for (const [name, port] of [
    ["registry", 3000],
    ["log", 4000],
    ["grading", 6000],
    ["portal", 5000],
  ] as const) {
    addresses.set(`http://127.0.0.1:${port}`, (await ground.part(name)).address);
  }
});
afterAll(() => ground[Symbol.asyncDispose]());

/** The commands of the page's transcripts, each with what is to come out of it; `…` stands for anything. */
function transcripts(): { command: string; printed: string }[] {
  const page = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const text = [...page.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block]) => block).join("");
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((each) => {
      const [command = "", ...printed] = each.split("\n");
      return { command, printed: printed.join("\n").trim() };
    });
}

function here(text: string): string {
  return [...addresses].reduce((result, [written, actual]) => result.replaceAll(written, actual), text);
}

function pattern(printed: string): RegExp {
  const words = here(printed).split("…");
  return new RegExp(`^${words.map(escaped).join(".*")}$`, "s");
}

describe("DEMO-1.3 DEMO-1.4 the transcripts of the page", () => {
  it("print what the page says, one after another", async () => {
    const all = transcripts();
    expect(all.length).toBeGreaterThan(10);
    for (const { command, printed } of all) {
      const { stdout } = await run("sh", ["-c", here(command)]);
      expect(stdout.trim(), command).toMatch(pattern(printed));
    }
  });
});

function escaped(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
