import { describe, expect, it } from "vitest";
import { FailingDisk } from "../support/failing-disk.js";
import { lines, opened, ownFolder, range, recordedLog, sequences, source } from "../support/kept.js";

describe("a disk that fails", () => {
  it("is told to whoever sends when it is full, keeps nothing of what it refused, and is used again when there is room", async () => {
    const disk = new FailingDisk();
    const folder = ownFolder();
    const { log, said } = recordedLog();
    const store = await opened({ folder, disk, log });
    await store.append(source, lines(1, 5));
    disk.failsWith = "ENOSPC";
    for (let round = 0; round < 3; round++) {
      await expect(store.append(source, lines(6, 20))).rejects.toMatchObject({
        code: "resource_exhausted",
        message: `the disk of the log in ${folder} is full: make room, or keep fewer segments`,
      });
    }
    expect(await sequences(store)).toEqual(range(1, 5));
    disk.failsWith = undefined;
    expect(await store.append(source, lines(6, 8))).toEqual({ kept: 3, repeated: 0 }); // shorter than what was torn
    expect(await sequences(store)).toEqual(range(1, 8));
    await store.close();
    expect(said.map(({ level }) => level)).toEqual(["error", "info"]); // once each
    const again = await opened({ folder });
    expect(await sequences(again)).toEqual(range(1, 8));
    expect(await again.append(source, lines(6, 20))).toEqual({ kept: 12, repeated: 3 });
  });

  it("tells all whose lines were to be written together", async () => {
    const disk = new FailingDisk();
    const store = await opened({ disk });
    await store.append(source, lines(1, 1));
    disk.failsWith = "EIO";
    const outcomes = await Promise.allSettled(
      range(1, 10).map((at) => store.append({ origin: "o", instance: `i${at}` }, lines(1, 3))),
    );
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: { code: "unavailable", message: expect.stringMatching(/EIO/) },
      });
    }
    disk.failsWith = undefined;
    for (const at of range(1, 10)) {
      expect(await store.append({ origin: "o", instance: `i${at}` }, lines(1, 3))).toEqual({ kept: 3, repeated: 0 });
    }
    expect(store.segments.end).toBe(31);
  });

  it("is not written to before what it tore could be cut off", async () => {
    const disk = new FailingDisk();
    const folder = ownFolder();
    const store = await opened({ folder, disk });
    await store.append(source, lines(1, 5));
    disk.failsWith = "ENOSPC";
    disk.truncates = false;
    await expect(store.append(source, lines(6, 20))).rejects.toMatchObject({ code: "resource_exhausted" });
    const { writes } = disk;
    await expect(store.append(source, lines(6, 20))).rejects.toMatchObject({ code: "resource_exhausted" });
    expect(disk.writes).toBe(writes);
    disk.failsWith = undefined;
    await store.append(source, lines(6, 6));
    await store.close();
    expect(await sequences(await opened({ folder }))).toEqual(range(1, 6));
  });
});
