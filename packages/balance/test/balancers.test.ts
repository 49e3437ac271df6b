import { type Balancer, balancerNamed, balancerNames, balancers } from "@skylark/balance";
import type { SkylarkError } from "@skylark/core";
import { randomIndex, seededRandom } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import {
  avoiding,
  balancerContract,
  expectEven,
  firstAttempt,
  fleet,
  type TestCandidate,
} from "./balancer-contract.js";

for (const balancer of Object.values(balancers)) balancerContract(balancer);

describe("round robin", () => {
  it("LOAD-3.1 gives each its turn, in order", () => {
    const candidates = fleet(4);
    const picker = balancers.roundRobin.picker(candidates, seededRandom(1));
    const picked = Array.from({ length: 8 }, () => candidates.indexOf(picker.pick(firstAttempt) as TestCandidate));
    const start = picked[0] as number;
    expect(picked).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((step) => (start + step) % 4));
  });

  it("LOAD-3.1 stays even when the instances change every few calls", () => {
    const random = seededRandom(6);
    const counts = [0, 0, 0, 0];
    for (let change = 0; change < 3000; change++) {
      const candidates = fleet(4);
      const picker = balancers.roundRobin.picker(candidates, random);
      for (let pick = 0; pick < 3; pick++) {
        const at = candidates.indexOf(picker.pick(firstAttempt) as TestCandidate);
        counts[at] = (counts[at] ?? 0) + 1;
      }
    }
    expectEven(counts);
  });

  it("starts many clients at different places", () => {
    const candidates = fleet(10);
    const random = seededRandom(1);
    const starts = Array.from(
      { length: 200 },
      () => balancers.roundRobin.picker(candidates, random).pick(firstAttempt)?.id,
    );
    expect(new Set(starts).size).toBe(10);
  });

  it("gives the turn of one that is not ready to no neighbour in particular", () => {
    const candidates = fleet(4);
    (candidates[1] as TestCandidate).ready = false;
    const picker = balancers.roundRobin.picker(candidates, seededRandom(1));
    const picked = Array.from({ length: 300 }, () => picker.pick(firstAttempt)?.id);
    for (const at of [0, 2, 3]) expect(picked.filter((id) => id === `instance-${at}`)).toHaveLength(100);
  });
});

describe("random", () => {
  it("LOAD-3.2 chooses evenly and does not look at the load", () => {
    const candidates = fleet(2);
    (candidates[0] as TestCandidate).inFlight = 1000;
    const picker = balancers.random.picker(candidates, seededRandom(2));
    const picked = Array.from({ length: 1000 }, () => picker.pick(firstAttempt));
    expectEven(candidates.map((candidate) => picked.filter((each) => each === candidate).length));
  });
});

describe("two choices", () => {
  it("LOAD-3.3 takes the one with fewer calls in flight", () => {
    const candidates = fleet(2);
    (candidates[0] as TestCandidate).inFlight = 1;
    const picker = balancers.twoChoices.picker(candidates, seededRandom(2));
    for (let pick = 0; pick < 100; pick++) expect(picker.pick(firstAttempt)).toBe(candidates[1]);
  });

  it("never takes the busiest while the others are idle, also when some are not ready or tried", () => {
    const candidates = fleet(6);
    const [busiest, tried, away] = candidates as [TestCandidate, TestCandidate, TestCandidate];
    busiest.inFlight = 5;
    away.ready = false;
    const picker = balancers.twoChoices.picker(candidates, seededRandom(2));
    for (let pick = 0; pick < 500; pick++) {
      expect([busiest, tried, away]).not.toContain(picker.pick(avoiding(tried)));
    }
  });

  it("LOAD-3.3 keeps the longest queue far shorter than random does", () => {
    expect(longestQueue(balancers.twoChoices)).toBeLessThanOrEqual(14);
    expect(longestQueue(balancers.random)).toBeGreaterThanOrEqual(18);
  });
});

/** 10,000 calls thrown at 1000 instances, none of which answers yet: ten each, if all were fair. */
function longestQueue(balancer: Balancer): number {
  const candidates = fleet(1000);
  const picker = balancer.picker(candidates, seededRandom(4));
  for (let call = 0; call < 10_000; call++) (picker.pick(firstAttempt) as TestCandidate).inFlight++;
  return Math.max(...candidates.map((each) => each.inFlight));
}

describe("by key", () => {
  const keys = Array.from({ length: 10_000 }, (_, at) => `key-${at}`);
  const ownersOf = (candidates: readonly TestCandidate[]) => {
    const picker = balancers.byKey.picker(candidates, seededRandom(1));
    return keys.map((key) => picker.pick({ avoid: undefined, key })?.id);
  };

  it("gives every client the same owner of a key, whatever the order of the list and whoever is busy", () => {
    const candidates = fleet(7);
    const owners = ownersOf(candidates);
    for (const each of candidates) each.inFlight = 40;
    expect(ownersOf(candidates.toReversed())).toEqual(owners);
  });

  it("shares keys evenly", () => {
    const candidates = fleet(10);
    const owners = ownersOf(candidates);
    expectEven(candidates.map(({ id }) => owners.filter((owner) => owner === id).length));
  });

  it("moves only the keys of the one that leaves, evenly to the others", () => {
    const candidates = fleet(8);
    const [left, ...staying] = candidates as [TestCandidate, ...TestCandidate[]];
    const before = ownersOf(candidates);
    const after = ownersOf(staying);
    const moved = after.filter((owner, at) => owner !== before[at]);
    expect(moved).toHaveLength(before.filter((owner) => owner === left.id).length);
    expectEven(staying.map(({ id }) => moved.filter((owner) => owner === id).length));
  });

  it("has the next in the key's own order stand in for an owner that is not ready or was tried", () => {
    const candidates = fleet(5);
    const picker = balancers.byKey.picker(candidates, seededRandom(1));
    const owner = picker.pick({ avoid: undefined, key: "ada" }) as TestCandidate;
    const next = picker.pick({ avoid: new Set([owner.id]), key: "ada" });
    expect(next).not.toBe(owner);
    owner.ready = false;
    expect(picker.pick({ avoid: undefined, key: "ada" })).toBe(next);
  });
});

describe("balancers by name", () => {
  it("are found under the names they bear, two choices first", () => {
    expect(balancerNames[0]).toBe("twoChoices");
    for (const name of balancerNames) expect(balancerNamed(name).name).toBe(name);
  });

  it("refuse any other name and list those there are", () => {
    for (const name of ["twochoices", "", "toString", "__proto__"]) {
      const error = thrownBy(() => balancerNamed(name));
      expect(error).toMatchObject({ code: "invalid_argument", reason: "SETTING", details: { key: "balancer" } });
      expect((error as SkylarkError).message).toContain(`"${name}"`);
      for (const known of balancerNames) expect((error as SkylarkError).message).toContain(`"${known}"`);
    }
  });

  it("LOAD-3.7 make room for one of your own in a few lines", () => {
    const idlest: Balancer = {
      name: "idlest of three",
      picker: (candidates, random) => ({
        pick: () =>
          Array.from({ length: 3 }, () => candidates[randomIndex(random, candidates.length)])
            .filter((each) => each !== undefined)
            .toSorted((a, b) => a.inFlight - b.inFlight)[0],
      }),
    };
    const candidates = fleet(3);
    const picker = idlest.picker(candidates, seededRandom(9));
    for (let call = 0; call < 30; call++) (picker.pick(firstAttempt) as TestCandidate).inFlight++;
    for (const each of candidates) expect(each.inFlight).toBeGreaterThan(5);
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
