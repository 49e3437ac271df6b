import { mkdirSync, readdirSync, statfsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { SkylarkError } from "@skylark/core";
import { formatVersion } from "../journal/damage.js";
import { networkFileSystem } from "./network-file-system.js";

/** Where everything of one embedded store lies. */
export interface Home {
  readonly path: string;
  readonly folder: string;
  readonly lock: string;
  readonly socket: string;
}

export interface HomeSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The system's number for the kind of file system at a path. */
  readonly fileSystemType: (path: string) => number;
}

export const systemSurroundings: HomeSurroundings = {
  environment: process.env,
  platform: process.platform,
  fileSystemType: (path) => statfsSync(path).type,
};

/** What a unix socket's address holds on macOS, its closing zero included; Linux has four more. */
const socketPathBytesMax = 104;

/** `SKYLARK_HOME`, or the user's own place for state. */
export function homePath({ environment, platform }: HomeSurroundings = systemSurroundings): string {
  const { SKYLARK_HOME: own, XDG_STATE_HOME: state } = environment;
  if (own) return own;
  if (platform === "darwin") return join(homedir(), "Library", "Application Support", "skylark");
  return join(state && isAbsolute(state) ? state : join(homedir(), ".local", "state"), "skylark");
}

export function homeAt(path: string): Home {
  if (!isAbsolute(path)) throw refused(path, "is not an absolute path");
  const folder = join(path, `store-v${formatVersion}`);
  const home = { path, folder, lock: join(folder, "lock"), socket: join(folder, "socket") };
  if (Buffer.byteLength(home.socket) < socketPathBytesMax) return home;
  const most = socketPathBytesMax - 1;
  throw refused(path, `is too long: the socket in it may have a path of ${most} bytes. Choose a shorter one`);
}

/**
 * Makes the home ready, and refuses with `failed_precondition` and reason SETTING one where the store would not be safe:
 * where others could write, or where the kernel's lock does not reach everybody.
 */
export function prepareHome({ path, folder }: Home, surroundings: HomeSurroundings = systemSurroundings): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw refused(path, `cannot be made: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  for (const each of [path, folder]) checkOwnership(each);
  const network =
    surroundings.platform === "linux" ? networkFileSystem(surroundings.fileSystemType(folder)) : undefined;
  if (network) {
    throw refused(
      path,
      `lies on ${network}, where a lock does not keep other machines out. Choose a place on a local disk`,
    );
  }
  checkVersion(path);
}

function checkOwnership(path: string): void {
  const { uid, mode } = statSync(path);
  const own = process.getuid?.() ?? uid;
  if (uid !== own) throw refused(path, `belongs to user ${uid}, and this process runs as user ${own}`);
  if (mode & 0o022)
    throw refused(path, `can be written by others (mode ${(mode & 0o777).toString(8)}). Run: chmod go-w ${path}`);
}

/** A newer Skylark keeps its data beside ours; starting on the older would split the world in two. */
function checkVersion(path: string): void {
  const newer = readdirSync(path).find((name) => Number(/^store-v(\d+)$/.exec(name)?.[1] ?? 0) > formatVersion);
  if (newer)
    throw refused(path, `holds ${newer}, made by a newer version of Skylark. Use that version, or another home`);
}

function refused(path: string, why: string): SkylarkError {
  const message = `SKYLARK_HOME ${path} ${why}`;
  return new SkylarkError("failed_precondition", message, { reason: "SETTING", details: { key: "SKYLARK_HOME" } });
}
