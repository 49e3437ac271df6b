import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { exitCodes } from "../src/failure.js";
import { program } from "../src/program.js";
import { Sky } from "../src/sky.js";
import { listed } from "./listed.js";
import { recordedTerminal } from "./recorded-terminal.js";

const page = readFileSync(fileURLToPath(new URL("../../../docs/reference/cli.md", import.meta.url)), "utf8");
const root = program(new Sky(recordedTerminal()));
/** Each command that does something, with the words that call it. */
const commands = root.commands.flatMap((each) =>
  each.commands.length === 0
    ? [{ words: each.name(), command: each }]
    : each.commands.map((command) => ({ words: `${each.name()} ${command.name()}`, command })),
);
const everywhere = new Set(root.options.map(({ flags }) => flags));
const filters = ["--service", "--version", "--region", "--zone", "--host", "--tag"];

/** The text below a heading, up to the next of its rank. */
function section(heading: string): string {
  const start = page.indexOf(`\n${heading}\n`);
  if (start === -1) return "";
  const end = page.indexOf(`\n${heading.split(" ")[0]} `, start + heading.length);
  return page.slice(start, end === -1 ? undefined : end);
}

describe("the reference page of sky", () => {
  it("has a part for each command, in the order of the help, under what it takes", () => {
    const headings = [...page.matchAll(/^## `(sky .*)`$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(
      commands.map(({ words, command }) =>
        `sky ${words} ${command.usage().replace("[options] ", "").replace("[options]", "")}`.trim(),
      ),
    );
  });

  it("names every option of every command", () => {
    const everyCommand = section("## What holds for every command");
    for (const { flags } of root.options)
      expect(page).toContain(flags.startsWith("--version") ? "`sky --version`" : `\`${flags}\``);
    for (const { words, command } of commands) {
      const own = section(page.match(new RegExp(`^## \`sky ${words}[ \`].*$`, "m"))?.[0] ?? "?");
      for (const { flags, long } of command.options) {
        if (everywhere.has(flags)) expect(everyCommand).toContain(`\`${flags}\``);
        else if (filters.includes(long ?? "")) expect(own).toMatch(/the filters|Option and JSON as|--service <name>/);
        else expect(own).toContain(`\`${flags}\``);
      }
    }
  });

  it("names every exit code", () => {
    const codes = [...section("### Exit codes").matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(codes).toEqual(Object.values(exitCodes));
  });

  it("shows the shape of an instance as it is", () => {
    const example = /```json\n([\s\S]*?)```/.exec(section("## `sky instances [service]`"))?.[1] ?? "{}";
    const { instances } = JSON.parse(example) as { instances: object[] };
    expect(Object.keys(instances[0] ?? {})).toEqual(Object.keys(listed()));
  });
});
