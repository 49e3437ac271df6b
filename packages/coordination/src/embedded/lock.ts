import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { tryLock } from "fs-native-extensions";

/**
 * The kernel's lock on a store: the only election there is. It belongs to the open file, so two threads of one process
 * exclude each other as two processes do, and it is free again the moment its holder is gone, however it went.
 */
export class Lock {
  readonly path: string;
  readonly fd: number;
  #state: "held" | "released" = "held";

  private constructor(path: string, fd: number) {
    this.path = path;
    this.fd = fd;
  }

  /** Undefined: another holds it. The caller releases it. */
  static tryAcquire(path: string): Lock | undefined {
    const fd = openSync(path, "a+", 0o600);
    try {
      if (tryLock(fd)) {
        ftruncateSync(fd);
        writeSync(fd, `${process.pid}\n`); // for people, and for the message of those who lost
        return new Lock(path, fd);
      }
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(fd);
    return undefined;
  }

  /** The process that took the lock last, if it is known. */
  static holder(path: string): number | undefined {
    try {
      return Number.parseInt(readFileSync(path, "utf8"), 10) || undefined;
    } catch {
      return undefined;
    }
  }

  /** When its file was made, in milliseconds since 1970. */
  get madeAt(): number {
    return fstatSync(this.fd).birthtimeMs;
  }

  /** Releasing twice is harmless: by then the descriptor's number may be another's. */
  release(): void {
    if (this.#state === "held") closeSync(this.fd);
    this.#state = "released";
  }
}

/** Whether the file that `fd` holds locked is still the one at `path`. When it is not, another may hold the one that is. */
export function isLockCurrent(fd: number, path: string): boolean {
  try {
    const [held, found] = [fstatSync(fd), statSync(path)];
    return held.ino === found.ino && held.dev === found.dev;
  } catch {
    return false; // wiped
  }
}
