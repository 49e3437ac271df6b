import type { Balancer, Candidate, PickContext } from "@skylark/balance";
import { seededRandom } from "@skylark/core/internal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

export interface TestCandidate extends Candidate {
  inFlight: number;
  ready: boolean;
}

export function fleet(size: number, change: Partial<TestCandidate> = {}): TestCandidate[] {
  return Array.from({ length: size }, (_, at) => ({ id: `instance-${at}`, inFlight: 0, ready: true, ...change }));
}

export const firstAttempt: PickContext = { avoid: undefined };

export function avoiding(...candidates: readonly Candidate[]): PickContext {
  return { avoid: new Set(candidates.map((each) => each.id)) };
}

/** How often each candidate was picked, in the order of the list. */
function tally(balancer: Balancer, candidates: readonly TestCandidate[], picks: number, call = firstAttempt): number[] {
  const picker = balancer.picker(candidates, seededRandom(7));
  const counts = new Map<TestCandidate | undefined, number>();
  for (let pick = 0; pick < picks; pick++) {
    const picked = picker.pick(call);
    counts.set(picked, (counts.get(picked) ?? 0) + 1);
  }
  return candidates.map((each) => counts.get(each) ?? 0);
}

/** Pearson's statistic against "all alike": for n candidates about n - 1, and hardly ever beyond twice that and ten. */
function unevenness(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

export function expectEven(counts: readonly number[]): void {
  expect(unevenness(counts), `picked ${counts.join(", ")} times`).toBeLessThan(2 * counts.length + 10);
}

/** What every balancer keeps, whatever its policy. Idle candidates are all alike to it. */
export function balancerContract(balancer: Balancer): void {
  describe(`${balancer.name} as a balancer`, () => {
    it("picks nothing from nothing", () => {
      expect(balancer.picker([], seededRandom(1)).pick(firstAttempt)).toBeUndefined();
      expect(balancer.picker([], seededRandom(1)).pick({ avoid: new Set(["gone"]) })).toBeUndefined();
    });

    it("picks the only candidate, be it busy, not ready or tried before", () => {
      const [only] = fleet(1, { ready: false, inFlight: 90 }) as [TestCandidate];
      const picker = balancer.picker([only], seededRandom(1));
      expect(picker.pick(firstAttempt)).toBe(only);
      expect(picker.pick(avoiding(only))).toBe(only);
    });

    it("shares calls evenly among candidates that are alike", () => {
      for (const size of [2, 3, 10, 57]) expectEven(tally(balancer, fleet(size), 10_000));
    });

    it("leaves out what is not ready, and shares evenly among the rest", () => {
      const candidates = fleet(8);
      for (const at of [1, 2, 6]) (candidates[at] as TestCandidate).ready = false;
      const counts = tally(balancer, candidates, 10_000);
      expect([counts[1], counts[2], counts[6]]).toEqual([0, 0, 0]);
      expectEven(counts.filter((_, at) => candidates[at]?.ready));
    });

    it("picks evenly among all when none is ready", () => {
      expectEven(tally(balancer, fleet(5, { ready: false }), 10_000));
    });

    it("leaves out what the call has tried, and shares evenly among the rest", () => {
      const candidates = fleet(6);
      const tried = candidates.slice(0, 2);
      const counts = tally(balancer, candidates, 10_000, avoiding(...tried));
      expect(counts.slice(0, 2)).toEqual([0, 0]);
      expectEven(counts.slice(2));
    });

    it("would rather have one dialled than go back to where the call failed", () => {
      const candidates = fleet(3);
      const last = candidates[2] as TestCandidate;
      last.ready = false;
      const picker = balancer.picker(candidates, seededRandom(3));
      for (let pick = 0; pick < 50; pick++) expect(picker.pick(avoiding(...candidates.slice(0, 2)))).toBe(last);
    });

    it("goes back, to the ready ones first, when the call has tried them all", () => {
      const candidates = fleet(3);
      (candidates[1] as TestCandidate).ready = false;
      const counts = tally(balancer, candidates, 1000, avoiding(...candidates));
      expect(counts[1]).toBe(0);
      expectEven([counts[0] as number, counts[2] as number]);
    });

    it("sees readiness change between two picks", () => {
      const candidates = fleet(4);
      const picker = balancer.picker(candidates, seededRandom(5));
      for (const only of candidates) {
        for (const each of candidates) each.ready = each === only;
        for (let pick = 0; pick < 10; pick++) expect(picker.pick(firstAttempt)).toBe(only);
      }
    });

    it("repeats itself for the same seed", () => {
      const candidates = fleet(9);
      const run = () => {
        const picker = balancer.picker(candidates, seededRandom(11));
        return Array.from({ length: 200 }, () => picker.pick(firstAttempt)?.id);
      };
      expect(run()).toEqual(run());
    });

    it("picks, of any fleet, one of the most preferred", () => {
      const anyFleet = fc.array(fc.record({ ready: fc.boolean(), tried: fc.boolean(), inFlight: fc.nat(20) }), {
        minLength: 1,
        maxLength: 12,
      });
      fc.assert(
        fc.property(anyFleet, fc.nat(), (members, seed) => {
          const candidates = members.map((member, at) => ({ id: `${at}`, ...member }));
          const tried = candidates.filter((each) => each.tried);
          const rank = (each: (typeof candidates)[number]) => (each.tried ? 2 : 0) + (each.ready ? 0 : 1);
          const picked = balancer.picker(candidates, seededRandom(seed)).pick(avoiding(...tried));
          expect(picked && rank(picked)).toBe(Math.min(...candidates.map(rank)));
        }),
        { seed: 20_261, numRuns: 300 },
      );
    });
  });
}
