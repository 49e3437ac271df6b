import { checkPrefix, root, upwards } from "../../state/key.js";

/**
 * Guards: plain nodes, one for each stripe of keys, whose versions count what was created in their stripe. ZooKeeper's
 * versions begin again when a node is made anew, so a write that depends on one checks its guard as well. How many there are
 * is part of the layout (COORD-PORT-8): all who write to one tree must agree on it.
 */
const guardCount = 64;

/** A sign that no key can have: what begins with it is ours, and nobody's entry. */
const ownFolder = "/=skylark";

/** ZooKeeper keeps its own things there. */
const serversFolder = "/zookeeper";

/** Where keys lie in ZooKeeper's tree, and what else lies there. */
export class NodeSpace {
  readonly #chroot: string;

  /** @param chroot empty, or the path of the node that stands for the root */
  constructor(chroot: string) {
    this.#chroot = chroot;
  }

  pathOf(key: string): string {
    if (key === root) return this.#chroot === "" ? root : this.#chroot;
    return this.#chroot + key;
  }

  /** Undefined for what is no key: the guards, the server's own nodes, names that others gave. */
  keyOf(path: string): string | undefined {
    if (!path.startsWith(`${this.#chroot}/`)) return path === this.#chroot ? root : undefined;
    const key = path.slice(this.#chroot.length);
    return this.#isHidden(key) ? undefined : key;
  }

  /** The paths above a key that lead to it, the nearest first; the root of the tree, which is always there, left out. */
  pathsAbove(key: string): string[] {
    return [...upwards(key)].slice(1, -1).map((above) => this.pathOf(above));
  }

  guardOf(path: string): string {
    let hash = 0;
    for (let at = this.#chroot.length; at < path.length; at++) hash = (Math.imul(hash, 31) + path.charCodeAt(at)) | 0;
    return this.#guard((hash >>> 0) % guardCount);
  }

  get guards(): string[] {
    return Array.from({ length: guardCount }, (_, stripe) => this.#guard(stripe));
  }

  /** All that must be there before anything is written, parents first. */
  get layout(): string[] {
    const chroot = this.#chroot === "" ? [] : [...upwards(this.#chroot)].slice(0, -1).toReversed();
    const folders = [ownFolder, `${ownFolder}/guards`].map((path) => this.#chroot + path);
    return [...chroot, ...folders, ...this.guards];
  }

  #guard(stripe: number): string {
    return `${this.#chroot}${ownFolder}/guards/${String(stripe).padStart(2, "0")}`;
  }

  #isHidden(key: string): boolean {
    if (this.#chroot === "" && (key === serversFolder || key.startsWith(`${serversFolder}/`))) return true;
    try {
      checkPrefix(key);
      return false;
    } catch {
      return true;
    }
  }
}
