import type { IncomingMessage, ServerResponse } from "node:http";
import { SkylarkError } from "@skylark/core";

/** Answers requests below a path, as a listener of node's own HTTP server does; `url` is the whole one. */
export type HttpListener = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface MountOptions {
  /** Only this very path; what lies below goes to others: to methods of a service of that name, for one. Default: false. */
  readonly exact?: boolean | undefined;
}

export interface Mount extends MountOptions {
  readonly path: string;
  readonly listener: HttpListener;
}

/** Who answers below which path. */
export class Mounts {
  readonly #mounts = new Map<string, Mount>();

  /** Returns what takes it back. `already_exists` where the path is taken, `invalid_argument` where it is none. */
  add(path: string, listener: HttpListener, { exact = false }: MountOptions = {}): () => void {
    if (!/^\/$|^(\/[^/?#\s]+)+$/.test(path)) {
      throw new SkylarkError(
        "invalid_argument",
        `${JSON.stringify(path)} is no path to mount at: write "/" or "/students"`,
      );
    }
    if (this.#mounts.has(path)) {
      throw new SkylarkError("already_exists", `something is mounted at ${path} already: choose another path`);
    }
    const mount = { path, listener, exact };
    this.#mounts.set(path, mount);
    return () => {
      if (this.#mounts.get(path) === mount) this.#mounts.delete(path);
    };
  }

  /** The one with the longest path that is `path` or above it. */
  find(path: string): Mount | undefined {
    if (this.#mounts.size === 0) return undefined;
    for (let above = path; above.length > 1; above = above.slice(0, above.lastIndexOf("/"))) {
      const mount = this.#mounts.get(above);
      if (mount && (above === path || !mount.exact)) return mount;
    }
    const root = this.#mounts.get("/");
    return root?.exact && path !== "/" ? undefined : root;
  }
}
