import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The commit that this version is to live beside, where the history at hand still has it. */
export type FormerVersion =
  | { readonly kind: "found"; readonly commit: string }
  | { readonly kind: "missing"; readonly why: string };

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The file whose coming begins this version. Found by content: commits may be made anew. */
const beginning = "packages/zookeeper/package.json";

export function findFormerVersion(): FormerVersion {
  const came = said("git", ["log", "--diff-filter=A", "--format=%H", "--", beginning])?.split("\n").at(-1);
  if (!came) return { kind: "missing", why: `no commit at hand brings ${beginning}: there is no history here` };
  const commit = said("git", ["rev-parse", "--verify", "--quiet", `${came}^1^{commit}`]);
  if (!commit) return { kind: "missing", why: `the history at hand begins with ${came.slice(0, 8)}: it is shallow` };
  return { kind: "found", commit };
}

/**
 * The folder of that commit, built; made once, and kept beside the dependencies. They are today's where it asks for the same
 * ones: Node finds what a folder below `node_modules` lacks in the `node_modules` above it.
 */
export function builtVersion(commit: string): string {
  const folder = join(root, "node_modules/.cache/versions", commit);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const unfinished = mkdtempSync(`${folder}-`);
  try {
    const archive = join(unfinished, "archive.tar");
    run("git", ["archive", "--output", archive, commit], root);
    run("tar", ["-xf", archive], unfinished);
    rmSync(archive);
    const rooms = roomsOf(unfinished);
    if (wantsTheSame(unfinished, rooms)) for (const room of rooms) linkRoom(unfinished, room);
    else run("npm", ["install", "--no-save", "--no-audit", "--no-fund"], unfinished);
    run(join(root, "node_modules/.bin/tsc"), ["-b", ...rooms], unfinished);
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** What is built and linked: packages and examples, by their paths. */
function roomsOf(folder: string): readonly string[] {
  const rooms = ["packages", "examples"].flatMap((wing) =>
    readdirSync(join(folder, wing)).map((name) => join(wing, name)),
  );
  return rooms.filter((room) => existsSync(join(folder, room, "package.json")));
}

function wantsTheSame(folder: string, rooms: readonly string[]): boolean {
  return [".", ...rooms].every((room) => {
    if (!existsSync(join(root, room, "package.json"))) return false;
    const [then, now] = [folder, root].map((each) => wanted(manifestOf(join(each, room))));
    return Object.entries(then ?? {}).every(([name, range]) => now?.[name] === range);
  });
}

function wanted({ dependencies, devDependencies }: Manifest): Readonly<Record<string, string>> {
  return { ...dependencies, ...devDependencies };
}

/** Makes a room importable by its name, and gives it those dependencies that are its own. */
function linkRoom(folder: string, room: string): void {
  link(join(folder, "node_modules", manifestOf(join(folder, room)).name), join(folder, room));
  const own = join(room, "node_modules");
  if (existsSync(join(root, own))) symlinkSync(join(root, own), join(folder, own));
}

/** By a relative path: the folder gets its name when it is finished. */
function link(path: string, target: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(relative(dirname(path), target), path);
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

function said(command: string, words: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, words, { cwd: root, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

function run(command: string, words: readonly string[], cwd: string): void {
  const { status, error, stdout, stderr } = spawnSync(command, words, { cwd, encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${words.join(" ")}: ended with ${status}\n${stdout}${stderr}`);
}
