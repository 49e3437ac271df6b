import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type DirectoryInstance, mergedInstance } from "../../src/consumer/directory-instance.js";
import { layout } from "../../src/internal.js";
import {
  readSnapshot,
  type SnapshotReading,
  snapshotBody,
  snapshotLimits,
  snapshotText,
} from "../../src/snapshot/snapshot-text.js";
import { instance } from "../simulation/world.js";

const keys = layout("test");
const subject = { service: "grading", store: "embedded" };
const takenAt = 1_800_000_000_000;
const hourMs = 3_600_000;

const instances: readonly DirectoryInstance[] = [
  mergedInstance(instance({ id: "a", tags: ["blue"], url: "http://127.0.0.1:4000" }), undefined),
  mergedInstance(instance({ id: "b" }), { registered: false, mark: { by: "watch" } }),
];

function textOf(given: readonly DirectoryInstance[] = instances): string {
  return snapshotText(keys, subject, snapshotBody(given), takenAt);
}

function read(text: string, now = takenAt + hourMs, of = subject, from = keys): SnapshotReading {
  return readSnapshot(from, of, text, now);
}

/** Altered by somebody who knows how to make the checksum fit. */
function altered(from: string | RegExp, to: string): string {
  const text = textOf();
  const parts = text.slice(0, text.lastIndexOf("\n", text.length - 2) + 1).replace(from, to);
  return `${parts}${crc32(parts).toString(16).padStart(8, "0")}\n`;
}

describe("a snapshot", () => {
  it("DISC-5.3 is read as it was written, with its age", () => {
    expect(read(textOf())).toEqual({ kind: "read", snapshot: { instances, ageMs: hourMs } });
    expect(read(textOf([]))).toEqual({ kind: "read", snapshot: { instances: [], ageMs: hourMs } });
    expect(read(altered("nothing", ""))).toMatchObject({ kind: "read" });
  });

  it("leaves out who is leaving, and whether one was doubted", () => {
    const doubted = { ...(instances[0] as DirectoryInstance), doubted: "unlisted" } as const;
    const leaving = mergedInstance(instance({ id: "c", state: "leaving" }), undefined);
    expect(read(textOf([doubted, leaving]))).toMatchObject({ snapshot: { instances: [instances[0]] } });
  });

  it("holds no more than it may", () => {
    const many = Array.from({ length: snapshotLimits.instancesMax + 5 }, (_, index) =>
      mergedInstance(instance({ id: `i${index}` }), undefined),
    );
    const reading = read(textOf(many));
    expect(reading.kind === "read" && reading.snapshot.instances.length).toBe(snapshotLimits.instancesMax);
  });

  it("is refused where a single byte is another, wherever", () => {
    const text = textOf();
    for (let at = 0; at < text.length; at += 7) {
      const flipped = `${text.slice(0, at)}${text[at] === "x" ? "y" : "x"}${text.slice(at + 1)}`;
      expect(read(flipped), `byte ${at}`).toMatchObject({ kind: "refused" });
    }
  });

  it("is refused where it was cut off, wherever", () => {
    const text = textOf();
    for (let length = 0; length < text.length; length += 11)
      expect(read(text.slice(0, length)), `${length} bytes`).toMatchObject({ kind: "refused" });
  });

  it("is refused where it is of another format, service, cluster or store", () => {
    expect(read(altered('"format":1', '"format":2'))).toMatchObject({ why: expect.stringMatching(/format 2/) });
    const foreign = { kind: "refused", why: "it is of another service, cluster or store" };
    expect(read(textOf(), takenAt, { ...subject, service: "log" })).toEqual(foreign);
    expect(read(textOf(), takenAt, { ...subject, store: "etcd" })).toEqual(foreign);
    expect(read(textOf(), takenAt, subject, layout("production"))).toEqual(foreign);
  });

  it("is refused after a day, and not before", () => {
    expect(read(textOf(), takenAt + snapshotLimits.ageMsMax)).toMatchObject({ kind: "read" });
    expect(read(textOf(), takenAt + snapshotLimits.ageMsMax + 1)).toEqual({ kind: "refused", why: "it is 24 h old" });
    expect(read(textOf(), takenAt - hourMs), "the clock was put back").toMatchObject({ snapshot: { ageMs: 0 } });
  });

  it("leaves out single instances that make no sense, and is refused where nothing does", () => {
    const onlyB = { snapshot: { instances: [{ id: "b" }] } };
    expect(read(altered('"weight":100', '"weight":"heavy"'))).toMatchObject(onlyB);
    expect(read(altered("tcp://127.0.0.1:4000", "file:///etc/passwd"))).toMatchObject(onlyB);
    expect(read(altered(/\n.*\n/, "\n7\n"))).toMatchObject({ kind: "refused" });
    expect(read(altered(/\n.*\n/, "\n[[[\n"))).toMatchObject({ kind: "refused" });
    expect(read("")).toMatchObject({ kind: "refused" });
  });
});
