import { createHash } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "@skylark/core";
import { type Clock, randomId } from "@skylark/core/internal";
import { type Layout, layout } from "../layout.js";
import { readSnapshot, type Snapshot, snapshotLimits, snapshotText } from "./snapshot-text.js";

export interface SnapshotsOptions {
  /** Snapshots lie in its folder `snapshots`. */
  readonly home: string;
  readonly cluster: string;
  /** Where coordination is. Kept as a digest: it may hold a password. */
  readonly coordinationUrl: string;
  readonly clock: Pick<Clock, "wallNow">;
  readonly log: Log;
}

/** Files of a cluster; beyond it the oldest go. */
const filesMax = 1024;

/** What is left of a write that was cut off is nobody's after this time. */
const leftoverMs = 60_000;

/**
 * What the processes of this machine last knew of each service, on disk, for those that start while the store is away: one
 * file for each, replaced as a whole. A help, never a need: whatever goes wrong is said once, and nothing fails of it. Not
 * synced to the disk either: what a power cut tears is found by its checksum, and ignored.
 */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  readonly #keys: Layout;
  readonly #folder: string;
  readonly #store: string;
  #isSwept = false;
  #saidLast = "";

  constructor(options: SnapshotsOptions) {
    this.#options = options;
    this.#keys = layout(options.cluster);
    this.#folder = join(options.home, "snapshots", options.cluster);
    this.#store = createHash("sha256").update(options.coordinationUrl).digest("hex").slice(0, 16);
  }

  /** What was known of the service; undefined where that is nothing, or nothing to be trusted. Never rejects. */
  async read(service: string): Promise<Snapshot | undefined> {
    const path = this.#pathOf(service);
    try {
      await this.#checkOwnership();
      const text = await this.#textOf(path);
      const reading = readSnapshot(this.#keys, { service, store: this.#store }, text, this.#options.clock.wallNow());
      if (reading.kind === "read") return reading.snapshot;
      this.#options.log("warn", `the snapshot of "${service}" is ignored: ${reading.why}`, { path });
    } catch (thrown) {
      const isNone = (thrown as NodeJS.ErrnoException).code === "ENOENT";
      if (!isNone) this.#options.log("warn", `the snapshot of "${service}" is ignored: ${wordOf(thrown)}`, { path });
    }
    return undefined;
  }

  /** Replaces what is known of the service by `body`, as `snapshotBody` makes it. Whether that could be done. Never rejects. */
  async write(service: string, body: string): Promise<boolean> {
    const text = snapshotText(this.#keys, { service, store: this.#store }, body, this.#options.clock.wallNow());
    const path = this.#pathOf(service);
    const beside = `${path}.${randomId(8)}.new`;
    try {
      if (Buffer.byteLength(text) > snapshotLimits.bytesMax)
        throw new Error("it would be longer than may be read again");
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await this.#checkOwnership();
      await this.#sweepOnce();
      await writeFile(beside, text, { mode: 0o600 });
      await rename(beside, path);
      this.#saidLast = "";
      return true;
    } catch (thrown) {
      this.#sayOnce(`what is known of "${service}" cannot be written down: ${wordOf(thrown)}`, thrown);
      await rm(beside, { force: true }).catch(() => {});
      return false;
    }
  }

  #pathOf(service: string): string {
    return join(this.#folder, `${service}.snapshot`);
  }

  /** Whoever could write here could send our calls where he likes. */
  async #checkOwnership(): Promise<void> {
    for (const folder of [join(this.#folder, ".."), this.#folder]) {
      const { uid, mode } = await stat(folder);
      const isOwn = uid === (process.getuid?.() ?? uid);
      if (!isOwn || (mode & 0o022) !== 0)
        throw new Error(`${folder} belongs to another user, or can be written by others`);
    }
  }

  async #textOf(path: string): Promise<string> {
    await using file = await open(path, "r");
    if ((await file.stat()).size > snapshotLimits.bytesMax) throw new Error("it is too long");
    return await file.readFile("utf8");
  }

  /** Once for each process: what is too old to be read, and what dead writers left. */
  async #sweepOnce(): Promise<void> {
    if (this.#isSwept) return;
    this.#isSwept = true;
    const now = this.#options.clock.wallNow();
    const files: { readonly path: string; readonly ageMs: number }[] = [];
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const found = await stat(path).catch(() => undefined); // another sweeps as well
      const ageMs = found ? now - found.mtimeMs : 0;
      if (found && ageMs > (name.endsWith(".new") ? leftoverMs : snapshotLimits.ageMsMax))
        await rm(path, { force: true });
      else if (found?.isFile()) files.push({ path, ageMs });
    }
    const tooMany = files.toSorted((one, other) => one.ageMs - other.ageMs).slice(filesMax);
    for (const { path } of tooMany) await rm(path, { force: true });
  }

  /** A disk that is full for an hour is not worth a thousand lines. */
  #sayOnce(message: string, thrown: unknown): void {
    const word = wordOf(thrown);
    this.#options.log(word === this.#saidLast ? "debug" : "warn", message);
    this.#saidLast = word;
  }
}

function wordOf(thrown: unknown): string {
  return (thrown as NodeJS.ErrnoException).code ?? (thrown instanceof Error ? thrown.message : String(thrown));
}
