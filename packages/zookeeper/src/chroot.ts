import { SkylarkError } from "@skylark/core";

/** The part of the tree that a client sees as the whole: names paths to the server, and the server's to the user. */
export class Chroot {
  readonly #prefix: string;

  /** @param prefix a valid path, or nothing for the whole tree */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The server's name of what the user calls `path`. Fails `invalid_argument` for what is no path. */
  toServer(path: string): string {
    const problem = pathProblem(path);
    if (problem !== undefined) throw badPath(path, problem);
    if (this.#prefix === "") return path;
    return path === "/" ? this.#prefix : this.#prefix + path;
  }

  /** The same for a sequential node, whose name the server completes: it may end with a slash. */
  toServerSequential(path: string): string {
    const problem = pathProblem(`${path}0`);
    if (problem !== undefined) throw badPath(path, problem);
    return this.#prefix + path;
  }

  /** The user's name of the server's `path`; the path itself where it lies outside. */
  toUser(path: string): string {
    if (path === this.#prefix) return "/";
    return path.startsWith(`${this.#prefix}/`) ? path.slice(this.#prefix.length) : path;
  }
}

/** What is wrong with a path by ZooKeeper's rules; undefined where nothing is. */
export function pathProblem(path: string): string | undefined {
  if (path === "/") return undefined;
  if (!path.startsWith("/")) return "does not begin with a slash";
  if (path.endsWith("/")) return "ends with a slash";
  for (const segment of path.slice(1).split("/")) {
    if (segment === "") return "has an empty segment";
    if (segment === "." || segment === "..") return `has the relative segment "${segment}"`;
  }
  return outside.test(path) || control.test(path) ? "has a character that ZooKeeper does not allow" : undefined;
}

/** What the server refuses: everything beyond the first plane (in UTF-16, surrogates), private use, specials; control characters. */
const outside = /[\ud800-\uf8ff\ufff0-\uffff]/;
const control = /\p{Cc}/u;

function badPath(path: string, problem: string): SkylarkError {
  return new SkylarkError("invalid_argument", `the path ${JSON.stringify(path)} ${problem}`, {
    details: { zookeeper: "bad_arguments", path },
  });
}
