import type { StoreMember } from "@skylark/coordination";
import { describe, expect, it } from "vitest";
import { failuresTolerated, warningsOf } from "../../src/commands/coordination/status.js";

function members(...roles: StoreMember["role"][]): StoreMember[] {
  return roles.map((role, number) => ({ address: `10.0.0.${number + 1}`, role }));
}

const three = members("leader", "follower", "follower");

describe("what an ensemble bears", () => {
  it.each([
    [members("leader"), 0],
    [members("leader", "follower"), 0],
    [three, 1],
    [members("leader", "follower", "follower", "follower"), 1],
    [members("leader", "follower", "follower", "follower", "follower"), 2],
    [members("leader", "follower", "unreachable"), 0],
    [[...three, ...members("observer", "observer")], 1],
  ])("COORD-9.6 COORD-9.7 a majority must be left (%#)", (found, failures) => {
    expect(failuresTolerated(found)).toBe(failures);
  });

  it("COORD-9.7 warns of an even number of members, and of those that are away", () => {
    const engine = "etcd";
    expect(warningsOf({ engine, members: three })).toEqual([]);
    expect(warningsOf({ engine, members: members("leader", "follower", "follower", "follower") })).toEqual([
      "4 members bear no more failures than 3 do (1), and need one more to agree: take one away, or add one",
    ]);
    expect(warningsOf({ engine, members: members("follower", "follower", "unreachable") })).toEqual([
      "10.0.0.3 does not answer",
      "no member says that it leads",
    ]);
    expect(warningsOf({ engine, members: members("leader") })).toHaveLength(1);
    expect(warningsOf({ engine: "embedded", members: members("leader") })).toEqual([]);
  });
});
