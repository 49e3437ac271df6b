import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isLockCurrent, Lock } from "../../src/embedded/lock.js";
import { temporaryFolder } from "../temporary-folder.js";

describe("the lock", () => {
  it("COORD-5.2 has one holder at a time, also within one process, and is free once released", () => {
    const path = join(temporaryFolder(), "lock");
    const first = Lock.tryAcquire(path);
    expect(first).toBeDefined();
    expect(Lock.tryAcquire(path)).toBeUndefined();
    expect(Lock.tryAcquire(path)).toBeUndefined();
    first?.release();
    const second = Lock.tryAcquire(path);
    expect(second).toBeDefined();
    first?.release(); // twice, and without harm to whoever has the descriptor's number now
    expect(Lock.tryAcquire(path)).toBeUndefined();
    second?.release();
  });

  it("names its holder, for people", () => {
    const path = join(temporaryFolder(), "lock");
    expect(Lock.holder(path)).toBeUndefined();
    writeFileSync(path, "something longer that an earlier holder may have left");
    const lock = Lock.tryAcquire(path);
    expect(readFileSync(path, "utf8")).toBe(`${process.pid}\n`);
    expect(Lock.holder(path)).toBe(process.pid);
    lock?.release();
  });

  it("is known to be void when its file was removed or replaced", () => {
    const folder = join(temporaryFolder(), "store");
    mkdirSync(folder);
    const path = join(folder, "lock");
    const lock = Lock.tryAcquire(path) as Lock;
    expect(isLockCurrent(lock.fd, path)).toBe(true);
    rmSync(folder, { recursive: true });
    expect(isLockCurrent(lock.fd, path)).toBe(false);
    mkdirSync(folder);
    const other = Lock.tryAcquire(path);
    expect(other).toBeDefined();
    expect(isLockCurrent(lock.fd, path)).toBe(false);
    lock.release();
    other?.release();
  });
});
