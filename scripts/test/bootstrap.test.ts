import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { fixtureTree } from "./fixture-tree.js";

/** The script as it stands, but that it asks for no program: what a machine lacks is no business of these tests. */
const bootstrap = readFileSync(new URL("../bootstrap.mjs", import.meta.url), "utf8").replace(
  /const debianPackages = \[.*?^\];/ms,
  "const debianPackages = [];",
);

/** Stands for npm: writes down what it was asked, and installs what the lock names, with a compiler that does nothing. */
const npm = `
const { appendFileSync, copyFileSync, existsSync, mkdirSync, writeFileSync } = require("node:fs");
appendFileSync("npm.log", process.argv.slice(2).join(" ") + "\\n");
mkdirSync("node_modules/typescript/bin", { recursive: true });
writeFileSync("node_modules/typescript/bin/tsc", "console.log('built', process.argv[2])");
if (existsSync("package-lock.json")) copyFileSync("package-lock.json", "node_modules/.package-lock.json");
else writeFileSync("node_modules/.package-lock.json", '{ "packages": {} }');
`;

function lock(version: string, more: object = {}): string {
  const packages = { "": {}, "packages/core": {}, "node_modules/zod": { version }, ...more };
  return JSON.stringify({ packages });
}

function clone(files: Readonly<Record<string, string>> = {}): string {
  return fixtureTree({
    "scripts/bootstrap.mjs": bootstrap,
    "npm.cjs": npm,
    "package.json": '{ "scripts": { "ok": "node target.mjs tests", "gradebook": "node target.mjs example" } }',
    "package-lock.json": lock("4.0.0"),
    "target.mjs": 'console.log("target", process.argv.slice(2).join(" ")); process.exitCode = 7;',
    ...files,
  });
}

function environment(root: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return { ...env, npm_execpath: join(root, "npm.cjs"), ...more };
}

function run(root: string, word: string, options: { nodeArgs?: readonly string[]; env?: NodeJS.ProcessEnv } = {}) {
  const args = [...(options.nodeArgs ?? []), join(root, "scripts/bootstrap.mjs"), word];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    env: environment(root, options.env),
  });
  return { status, output: stdout + stderr };
}

function npmRuns(root: string): string[] {
  const path = join(root, "npm.log");
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
}

/** Changes what the script sees of the machine, before it runs. */
function pretend(code: string): string[] {
  return ["--import", `data:text/javascript,${encodeURIComponent(code)}`];
}

describe("bootstrap", () => {
  it("installs and builds on a fresh clone, says so, and hands over with the exit code", () => {
    const root = clone();
    const { status, output } = run(root, "start");
    expect(npmRuns(root)).toEqual(["install --no-save --no-audit --no-fund"]);
    expect(output).toMatch(/installing packages[^]*building[^]*built -b[^]*target example/);
    expect(status).toBe(7);
  });

  it("hands over to the tests, which build by themselves", () => {
    const { output } = run(clone(), "test");
    expect(output).toContain("target tests");
    expect(output).not.toContain("built");
  });

  it("installs once", () => {
    const root = clone();
    run(root, "test");
    expect(run(root, "test").output).not.toContain("installing");
    expect(npmRuns(root)).toHaveLength(1);
  });

  it("installs again when the lock asks for another version, or for one package more", () => {
    const root = clone();
    run(root, "test");
    writeFileSync(join(root, "package-lock.json"), lock("4.0.1"));
    run(root, "test");
    writeFileSync(join(root, "package-lock.json"), lock("4.0.1", { "node_modules/ws": { version: "8.0.0" } }));
    run(root, "test");
    expect(npmRuns(root)).toHaveLength(3);
  });

  it("installs again when an install broke off", () => {
    const root = clone();
    run(root, "test");
    rmSync(join(root, "node_modules/.package-lock.json"));
    run(root, "test");
    expect(npmRuns(root)).toHaveLength(2);
  });

  it("does not wait for packages of another platform", () => {
    const root = clone();
    run(root, "test");
    const other = { "node_modules/fast-darwin": { version: "1.0.0", optional: true } };
    writeFileSync(join(root, "package-lock.json"), lock("4.0.0", other));
    run(root, "test");
    expect(npmRuns(root)).toHaveLength(1);
  });

  it("installs without a lock too", () => {
    const root = clone();
    rmSync(join(root, "package-lock.json"));
    expect(run(root, "test").status).toBe(7);
    expect(npmRuns(root)).toHaveLength(1);
  });

  it("ends with the exit code of an install that failed, and starts nothing", () => {
    const { status, output } = run(clone({ "npm.cjs": "process.exit(5);" }), "start");
    expect(status).toBe(5);
    expect(output).not.toContain("target");
  });

  it("refuses a Node that is too old, by name, before it does anything", () => {
    const root = clone();
    const nodeArgs = pretend('Object.defineProperty(process, "versions", { value: { node: "20.18.3" } })');
    const { status, output } = run(root, "start", { nodeArgs });
    expect(status).toBe(1);
    expect(output).toContain("this is Node 20.18.3; it takes 20.19 or newer");
    expect(npmRuns(root)).toEqual([]);
  });

  it("refuses a word it does not know", () => {
    expect(run(clone(), "constructor")).toMatchObject({ status: 1, output: expect.stringContaining("start, test") });
  });
});

describe("bootstrap, Debian packages", () => {
  /** A clone whose tests need a server that is not there, and whose apt-get writes down what it sees. */
  function cloneWithServer(aptGet: string): { root: string; env: NodeJS.ProcessEnv; policy: string } {
    const root = clone({ "bin/apt-get": `#!/bin/sh\n${aptGet}\n` });
    spawnSync("chmod", ["+x", join(root, "bin/apt-get")]);
    const policy = join(root, "policy-rc.d");
    const script = bootstrap
      .replace(
        "const debianPackages = [];",
        'const debianPackages = [{ command: "no-such-server", package: "server", why: "a test starts it" }];',
      )
      .replace("/usr/sbin/policy-rc.d", policy);
    writeFileSync(join(root, "scripts/bootstrap.mjs"), script);
    return { root, policy, env: { PATH: `${join(root, "bin")}${delimiter}${process.env["PATH"] ?? ""}` } };
  }

  const asRoot = pretend("process.getuid = () => 0");
  const asUser = pretend("process.getuid = () => 1000");

  it("installs what is missing as root, and keeps it from being started meanwhile", () => {
    const { root, env, policy } = cloneWithServer(`echo "apt-get $* / $(sed -n 3p $(dirname $0)/../policy-rc.d)"`);
    const { output } = run(root, "test", { nodeArgs: asRoot, env });
    expect(output).toContain("no-such-server is missing: a test starts it (Debian package server)");
    expect(output).toContain("apt-get install -y -qq --no-install-recommends server / exit 101");
    expect(existsSync(policy)).toBe(false);
  });

  it("takes its policy away when the install fails", () => {
    const { root, env, policy } = cloneWithServer("exit 100");
    expect(run(root, "test", { nodeArgs: asRoot, env }).status).toBe(100);
    expect(existsSync(policy)).toBe(false);
  });

  it("leaves a policy of the machine's own as it is", () => {
    const { root, env, policy } = cloneWithServer("exit 0");
    writeFileSync(policy, "#!/bin/sh\nexit 0\n");
    run(root, "test", { nodeArgs: asRoot, env });
    expect(readFileSync(policy, "utf8")).toBe("#!/bin/sh\nexit 0\n");
  });

  it("only names what is missing when it is not root, and goes on", () => {
    const { root, env } = cloneWithServer("echo ran");
    const { output } = run(root, "test", { nodeArgs: asUser, env });
    expect(output).toContain("apt-get install --no-install-recommends server");
    expect(output).not.toContain("\nran");
    expect(output).toContain("target tests");
  });

  it("installs nothing for the example", () => {
    const { root, env } = cloneWithServer("echo ran");
    expect(run(root, "start", { nodeArgs: asRoot, env }).output).not.toContain("missing");
  });
});

describe("bootstrap, signals", () => {
  const target = `
    let heard = 0;
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {
      heard++;
      console.log("heard", signal);
      if (heard === 1) setImmediate(() => setImmediate(() => { console.log("in all", heard); process.exit(3); }));
    });
    setInterval(() => {}, 1000);
    console.log("target is up");
  `;

  /** Started as the leader of a group, as a shell does; answers when the target is up. */
  async function started(): Promise<{ child: ChildProcess; output: () => string }> {
    const root = clone({ "target.mjs": target });
    const child = spawn(process.execPath, [join(root, "scripts/bootstrap.mjs"), "start"], {
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
      env: environment(root),
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let output = "";
    await new Promise<void>((resolve) => {
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (output.includes("target is up")) resolve();
      });
    });
    return { child, output: () => output };
  }

  it.each(["SIGINT", "SIGTERM"] as const)(
    "passes %s on once, sent to it alone or to its whole group",
    async (signal) => {
      for (const toGroup of [false, true]) {
        const { child, output } = await started();
        process.kill(toGroup ? -(child.pid as number) : (child.pid as number), signal);
        const [code] = (await once(child, "close")) as [number];
        expect(output()).toContain(`heard ${signal}\nin all 1`);
        expect(code).toBe(3);
      }
    },
  );
});
