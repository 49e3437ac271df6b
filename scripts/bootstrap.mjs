// The first thing that runs on a fresh clone: before the install, so plain JavaScript without dependencies.
//   node scripts/bootstrap.mjs start   installs and builds what is missing, then starts the example
//   node scripts/bootstrap.mjs test    installs what is missing, then checks everything that must hold; building is part of it
// It says what it does. What is there already is left alone.

import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** What each word hands over to, as arguments of `node`. */
const targets = {
  start: { script: "gradebook", ownGroup: true },
  test: { script: "ok", ownGroup: false },
};

/** The oldest Node that all of it runs on, as in `engines` of package.json. */
const oldestNode = [20, 19];

/**
 * Programs that tests start, by name or absolute path, with the Debian package that brings each.
 * @type {{ command: string, package: string, why: string }[]}
 */
const debianPackages = [
  { command: "chromium", package: "chromium", why: "tests drive the pages of the gradebook with a real browser" },
  { command: "python3", package: "python3", why: "a participant of the gradebook and a client are written in it" },
  { command: "java", package: "default-jre-headless", why: "ZooKeeper runs on it" },
  { command: "/usr/share/java/zookeeper.jar", package: "zookeeper", why: "tests start real ensembles of it" },
  { command: "etcd", package: "etcd-server", why: "tests start real clusters of it" },
  { command: "etcdctl", package: "etcd-client", why: "tests read with it what stands in etcd" },
  { command: "openssl", package: "openssl", why: "tests make the certificates of TLS with it" },
];

/** One Ctrl-C arrives here from the terminal and again from npm; later ones are a second word of an impatient person. */
const sameSignalMs = 500;

function say(message) {
  console.log(`skylark: ${message}`);
}

function refuse(message) {
  console.error(`skylark: ${message}`);
  process.exit(1);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor, oldestMinor] = oldestNode;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  refuse(`this is Node ${process.versions.node}; it takes ${oldestNode.join(".")} or newer. See https://nodejs.org`);
}

/** Runs a command in the foreground until it ends; a failure ends everything, with its exit code. */
function run(command, args, env = process.env) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", env });
  if (error) refuse(`${command} cannot be started: ${error.message}`);
  if (signal) process.exit(128 + (signal === "SIGINT" ? 2 : 15));
  if (status !== 0) {
    console.error(`skylark: ${[command, ...args].join(" ")} failed with exit code ${status}`);
    process.exit(status);
  }
}

/** The npm that started this script, else the one on the path. */
function npm(...args) {
  const npmScript = process.env.npm_execpath;
  if (npmScript && /\.[cm]?js$/.test(npmScript)) run(process.execPath, [npmScript, ...args]);
  else run("npm", args);
}

/**
 * Whether what is installed is what the lock asks for. npm itself writes down what it installed, as the last thing it does:
 * an install that broke off leaves nothing there, one made by hand counts.
 */
function isInstalled() {
  const installedPath = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installedPath)) return false;
  const installed = JSON.parse(readFileSync(installedPath, "utf8")).packages;
  const lockPath = join(root, "package-lock.json");
  if (!existsSync(lockPath)) return true;
  const wanted = Object.entries(JSON.parse(readFileSync(lockPath, "utf8")).packages);
  return wanted.every(([path, { version, link, optional, devOptional, peer }]) => {
    if (path === "" || !path.includes("node_modules/")) return true; // the workspace's own folders
    const found = installed[path];
    if (!found) return Boolean(optional || devOptional || peer); // of another platform, or not asked for
    return link ? found.link === true : found.version === version;
  });
}

function install() {
  if (isInstalled()) return;
  say("installing packages into node_modules (npm install); this takes a minute the first time");
  // not `npm ci`: it refuses a lock made where a registry mirror leaves out the binaries of other platforms.
  // `--no-save` installs the locked versions all the same and leaves the lock as it is
  npm("install", "--no-save", "--no-audit", "--no-fund");
}

function isThere(program) {
  return isAbsolute(program) ? existsSync(program) : isOnPath(program);
}

function isOnPath(command) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Installs the servers that tests start themselves; keeps Debian from starting them as services of the machine. */
function installDebianPackages() {
  const missing = debianPackages.filter(({ command }) => !isThere(command));
  if (missing.length === 0) return;
  for (const { command, package: name, why } of missing) say(`${command} is missing: ${why} (Debian package ${name})`);
  const names = missing.map(({ package: name }) => name);
  if (process.getuid?.() !== 0 || !isOnPath("apt-get")) {
    say(`install them yourself, as root, with: apt-get install --no-install-recommends ${names.join(" ")}`);
    return;
  }
  say(`installing with apt-get, as root, without starting any server: ${names.join(" ")}`);
  const removePolicy = forbidServices();
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  run("apt-get", ["update", "-qq"], env);
  run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names], env);
  removePolicy();
}

/**
 * Puts up the file that Debian asks before it starts a service, and answers with what takes it down again; it goes too when
 * this process ends on the way. A policy of the machine's own is left as it is.
 */
function forbidServices() {
  const path = "/usr/sbin/policy-rc.d";
  const policy = "#!/bin/sh\n# put here by Skylark's scripts/bootstrap.mjs while it installs\nexit 101\n"; // "not allowed"
  if (existsSync(path) && readFileSync(path, "utf8") !== policy) return () => {};
  const remove = () => rmSync(path, { force: true });
  const outlive = () => {}; // a signal ends apt-get first; then this process, by its exit code
  process.once("exit", remove).on("SIGINT", outlive).on("SIGTERM", outlive);
  writeFileSync(path, policy, { mode: 0o755 });
  return () => {
    remove();
    process.off("exit", remove).off("SIGINT", outlive).off("SIGTERM", outlive);
  };
}

/** What the example and the `sky` command need; whether the tests compile is for `test` to find out. */
function build() {
  const projects = ["packages/cli", "examples/hello", "examples/gradebook"];
  say(`building ${projects.join(", ")} (tsc -b)`);
  run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", ...projects]);
}

/**
 * Runs a script of package.json without npm in between, which would pass each signal on a second time. `ownGroup`: the
 * terminal's Ctrl-C then reaches this process alone, and it tells the child exactly once, whoever else sent it too.
 */
function handOver({ script, ownGroup }, args) {
  const line = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts?.[script];
  if (!line?.startsWith("node ")) refuse(`package.json has no script "${script}" that begins with "node "`);
  const child = spawn(process.execPath, [...line.split(" ").slice(1), ...args], {
    cwd: root,
    stdio: "inherit",
    detached: ownGroup,
    env: { ...process.env, PATH: `${join(root, "node_modules/.bin")}${delimiter}${process.env.PATH ?? ""}` },
  });
  let toldAt = Number.NEGATIVE_INFINITY;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      const heardItself = !ownGroup && signal === "SIGINT" && process.stdin.isTTY;
      if (heardItself || performance.now() - toldAt < sameSignalMs) return;
      toldAt = performance.now();
      child.kill(signal === "SIGHUP" ? "SIGTERM" : signal);
    });
  }
  child.on("error", (error) => refuse(`${line} cannot be started: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + ({ SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 1)));
}

const [word, ...rest] = process.argv.slice(2);
const target = Object.hasOwn(targets, word ?? "") ? targets[word] : undefined;
if (!target) refuse(`say one of: ${Object.keys(targets).join(", ")}`);
checkNode();
install();
if (word === "test") installDebianPackages();
else build(); // the tests build as one of their steps, and say so when it fails
handOver(target, rest);
