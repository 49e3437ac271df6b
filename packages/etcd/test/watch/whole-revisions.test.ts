import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { EventSchema } from "../../src/generated/etcd_pb.js";
import { WholeRevisions } from "../../src/watch/whole-revisions.js";

const deleted = (key: string, revision: bigint) =>
  create(EventSchema, { type: 1, kv: { key: new TextEncoder().encode(key), modRevision: revision } });

describe("whole revisions", () => {
  it("COORD-3.3 tells the revisions of one answer one by one", () => {
    const events = [deleted("/a", 5n), deleted("/b", 5n), deleted("/a", 6n)];
    const told = new WholeRevisions().take({ events, fragment: false });
    expect(told.map(({ revision, changes }) => [revision, changes.length])).toEqual([
      [5n, 2],
      [6n, 1],
    ]);
    expect(told[0]?.changes[1]).toEqual({ kind: "deleted", key: "/b" });
  });

  it("COORD-3.3 waits for the last fragment, wherever the server has cut", () => {
    const revisions = new WholeRevisions();
    expect(revisions.take({ events: [deleted("/a", 5n)], fragment: true })).toEqual([]);
    expect(revisions.take({ events: [deleted("/b", 5n), deleted("/c", 5n)], fragment: true })).toEqual([]);
    const [told, ...rest] = revisions.take({ events: [deleted("/d", 5n)], fragment: false });
    expect(rest).toEqual([]);
    expect(told?.changes.map((change) => change.kind === "deleted" && change.key)).toEqual(["/a", "/b", "/c", "/d"]);
    expect(revisions.take({ events: [], fragment: false })).toEqual([]);
  });
});
