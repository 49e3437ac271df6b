import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mergedInstance } from "../../src/consumer/directory-instance.js";
import { Snapshots } from "../../src/internal.js";
import { snapshotBody } from "../../src/snapshot/snapshot-text.js";
import { instance } from "../simulation/world.js";

const instances = [mergedInstance(instance(), undefined)];
const body = snapshotBody(instances);

let home: string;
let folder: string;
let said: string[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sky-"));
  folder = join(home, "snapshots", "test");
  said = [];
});

afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

function snapshots(own: { coordinationUrl?: string; home?: string; cluster?: string } = {}): Snapshots {
  const log = (level: string, message: string): void => void (level === "warn" && said.push(message));
  const clock = { wallNow: () => Date.now() };
  return new Snapshots({ home, cluster: "test", coordinationUrl: "embedded", clock, log, ...own });
}

describe("snapshots on disk", () => {
  it("DISC-5.3 are read by the next process, each service by itself", async () => {
    expect(await snapshots().read("grading")).toBeUndefined();
    expect(await snapshots().write("grading", body)).toBe(true);
    expect((await snapshots().read("grading"))?.instances).toEqual(instances);
    expect(await snapshots().read("log")).toBeUndefined();
    expect(said).toEqual([]);
  });

  it("are replaced as a whole: nothing else is left in the folder, whoever writes at the same time", async () => {
    const writers = Array.from({ length: 8 }, () => snapshots());
    await Promise.all(writers.map((each) => each.write("grading", body)));
    expect(readdirSync(folder)).toEqual(["grading.snapshot"]);
    expect((await snapshots().read("grading"))?.instances).toHaveLength(1);
  });

  it("are ignored with a word where they are damaged, or of another store or cluster", async () => {
    await snapshots().write("grading", body);
    const path = join(folder, "grading.snapshot");
    expect(await snapshots({ coordinationUrl: "etcd://h1" }).read("grading")).toBeUndefined();
    writeFileSync(path, readFileSync(path, "utf8").replace("127.0.0.1", "127.0.0.2"));
    expect(await snapshots().read("grading")).toBeUndefined();
    expect(said).toEqual([
      expect.stringMatching(/"grading" is ignored: it is of another/),
      expect.stringMatching(/"grading" is ignored: it is damaged/),
    ]);
    expect(await snapshots({ cluster: "production" }).read("grading")).toBeUndefined();
  });

  it("show nobody where coordination is, which may hold a password", async () => {
    await snapshots({ coordinationUrl: "etcd://user:secret@h1" }).write("grading", body);
    expect(readFileSync(join(folder, "grading.snapshot"), "utf8")).not.toMatch(/secret|user/);
  });

  it("are neither read nor written where others could write", async () => {
    await snapshots().write("grading", body);
    chmodSync(folder, 0o777);
    expect(await snapshots().read("grading")).toBeUndefined();
    expect(await snapshots().write("grading", body)).toBe(false);
    expect(said.join()).toMatch(/can be written by others/);
  });

  it("that cannot be written fail nothing, and are complained of once", async () => {
    writeFileSync(join(home, "file"), "");
    const own = snapshots({ home: join(home, "file") });
    for (let time = 0; time < 3; time++) expect(await own.write("grading", body)).toBe(false);
    expect(said).toEqual([expect.stringMatching(/what is known of "grading" cannot be written down: ENOTDIR/)]);
    expect(await own.read("grading")).toBeUndefined();
  });

  it("of yesterday, and what dead writers left, are swept away by the next writer", async () => {
    await snapshots().write("old", body);
    writeFileSync(join(folder, "grading.snapshot.x1.new"), "torn");
    const yesterday = Date.now() / 1000 - 25 * 3600;
    for (const name of readdirSync(folder)) utimesSync(join(folder, name), yesterday, yesterday);
    await snapshots().write("grading", body);
    expect(readdirSync(folder)).toEqual(["grading.snapshot"]);
  });
});
