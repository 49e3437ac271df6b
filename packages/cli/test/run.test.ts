import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exitCodes, run } from "../src/index.js";
import { recordedTerminal } from "./recorded-terminal.js";

const commands = [
  "services",
  "instances",
  "topology",
  "top",
  "describe",
  "call",
  "watch",
  "register",
  "unregister",
  "drain",
  "config",
  "up",
  "coordination",
];

async function sky(...argv: string[]): Promise<{ exitCode: number; result: string; remarks: string }> {
  const terminal = recordedTerminal();
  const exitCode = await run(argv, terminal);
  return { exitCode, result: terminal.result(), remarks: terminal.remarks() };
}

describe("help", () => {
  it("lists every command, and begins with what one will try first", async () => {
    const { exitCode, result, remarks } = await sky("--help");
    expect(exitCode).toBe(exitCodes.ok);
    expect(remarks).toBe("");
    for (const command of commands) expect(result).toMatch(new RegExp(`^  ${command} .*[A-Z]`, "m"));
    expect(result).toContain("sky call grading.students");
  });

  it.each(commands)("OPS-1.7 of %s shows examples of it, and the options that every command has", async (command) => {
    const { exitCode, result } = await sky(command, "--help");
    expect(exitCode).toBe(exitCodes.ok);
    expect(result).toMatch(new RegExp(`Examples:\n  sky ${command} `));
    for (const option of ["--json", "--coordination", "--cluster", "--home", "--timeout"])
      expect(result).toContain(option);
    expect((await sky("help", command)).result).toBe(result);
  });

  it.each(["services", "instances", "watch"])("of %s shows the filters", async (command) => {
    const { result } = await sky(command, "--help");
    for (const filter of ["--service", "--version", "--region", "--zone", "--host", "--tag"]) {
      expect(result).toContain(`  ${filter} <`);
    }
  });
});

describe("the version", () => {
  it("is that of the package", async () => {
    expect(await sky("--version")).toEqual({ exitCode: exitCodes.ok, result: "0.1.0\n", remarks: "" });
  });
});

describe("a command line that makes no sense", () => {
  const wrong: [argv: string[], says: string][] = [
    [[], 'name a command; "sky --help" lists them'],
    [["servces"], "unknown command 'servces' (Did you mean services?)"],
    [["services", "--regoin", "eu"], "unknown option '--regoin' (Did you mean --region?)"],
    [["register"], "missing required argument 'instance'"],
    [["drain", "a", "b"], "too many arguments for 'drain'"],
    [["services", "--timeout", "soon"], '"soon" is no time'],
    [["services", "--cluster", "a/b"], 'setting "cluster" is given as "a/b" by flag --cluster'],
    [["top", "--sort", "size"], "Allowed choices are calls, errors, p50, p99, inflight, service"],
    [["call", "students"], '"students" names no method'],
    [["call", "grading.students", "{"], "the argument { is not JSON"],
    [["instances", "grading", "--service", "log"], "are two services"],
  ];

  it.each(wrong)("%j ends with 2, says so on one line, and gives no result", async (argv, says) => {
    const { exitCode, result, remarks } = await sky(...argv);
    expect(remarks).toMatch(/^sky: invalid_argument: .*\n$/);
    expect(remarks).toContain(says);
    expect({ exitCode, result }).toEqual({ exitCode: exitCodes.usage, result: "" });
  });

  it("is told as JSON where JSON was asked for", async () => {
    const { remarks } = await sky("services", "--json", "--nonsense");
    expect(JSON.parse(remarks)).toMatchObject({ error: { code: "invalid_argument", reason: null, details: null } });
    const setting = await sky("--json", "services", "--cluster", "a/b");
    expect(JSON.parse(setting.remarks)).toMatchObject({ error: { reason: "SETTING", details: { key: "cluster" } } });
  });

  it("is not one for JSON because an argument of a call looks like the option", async () => {
    expect((await sky("call", "students", "--", "--json")).remarks).toMatch(/^sky: invalid_argument/);
  });
});

describe("where nothing is running", () => {
  it.each([
    ["services"],
    ["instances"],
    ["topology"],
    ["topology", "--follow"],
    ["top"],
    ["top", "--once"],
    ["describe", "grading"],
    ["call", "grading.students"],
    ["watch"],
    ["register", "k3f9"],
    ["unregister", "k3f9"],
    ["drain", "k3f9"],
    ["config", "k3f9"],
  ])("sky %s says so, ends with 3, and does not host the store itself", async (...argv) => {
    const home = mkdtempSync(join(tmpdir(), "sky-home-"));
    try {
      const { exitCode, result, remarks } = await sky(...argv, "--home", home);
      expect({ exitCode, result }).toEqual({ exitCode: exitCodes.nothingFound, result: "" });
      expect(remarks).toMatch(/^sky: unavailable: nothing is running here: .*\n$/);
      expect(remarks).toContain(home);
      expect(readdirSync(home)).toEqual([]);
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});
