import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextPushStep } from "../src/patch/next-push-step.js";
import {
  acknowledged,
  everythingOwed,
  type Holdings,
  holdingsUnderway,
  nothingHeld,
  type Provider,
  patchBetween,
  withinLimit,
} from "../src/patch/patch.js";

const [a, b, c] = ["a", "b", "c"].map((name): Provider => ({ Name: "grading", URL: `http://${name}` })) as [
  Provider,
  Provider,
  Provider,
];

describe("a patch", () => {
  it("is the difference, where it is known what is held", () => {
    expect(patchBetween(acknowledged([a, b]), [b, c])).toEqual({ Added: [c], Removed: [a] });
    expect(patchBetween(acknowledged([a, b]), [b, a])).toBeUndefined();
    expect(patchBetween(nothingHeld, [])).toBeUndefined();
  });

  it("names the whole list, and removes what may be held besides, where it is not known", () => {
    expect(patchBetween({ kind: "pending", providers: [a, b] }, [b, c])).toEqual({ Added: [b, c], Removed: [a] });
  });

  it("REG-2.3 of a newcomer is all that it requires, and [] where nobody offers it", () => {
    expect(patchBetween(everythingOwed, [a, b])).toEqual({ Added: [a, b], Removed: [] });
    expect(patchBetween(everythingOwed, [])).toEqual({ Added: [], Removed: [] });
  });

  it("REG-HTTP-9 tells services at one URL apart", () => {
    const other = { ...a, Name: "log" };
    expect(patchBetween(acknowledged([a]), [other])).toEqual({ Added: [other], Removed: [a] });
  });

  it("is never larger than the store takes, and keeps what is wanted before what may be held", () => {
    const many = Array.from({ length: 20_000 }, (_, n) => ({ Name: "s", URL: `http://127.0.0.1:${n}` }));
    const kept = withinLimit(many);
    expect(kept.length).toBeGreaterThan(5000);
    expect(JSON.stringify(kept).length).toBeLessThan(512 * 1024);
    expect(holdingsUnderway({ kind: "pending", providers: many }, [a]).providers[0]).toBe(a);
  });
});

describe("the next step of a push", () => {
  it("says in the store what may be held before it sends, and what is held afterwards", () => {
    const wanted = [a, b];
    const first = nextPushStep({ stored: everythingOwed, known: everythingOwed, wanted });
    expect(first).toEqual({ kind: "write", holdings: { kind: "pending", providers: [a, b] } });
    const underway: Holdings = { kind: "pending", providers: [a, b] };
    expect(nextPushStep({ stored: underway, known: everythingOwed, wanted })).toEqual({
      kind: "send",
      patch: { Added: [a, b], Removed: [] },
    });
    const known = acknowledged(wanted);
    expect(nextPushStep({ stored: underway, known, wanted })).toEqual({ kind: "write", holdings: known });
    expect(nextPushStep({ stored: known, known, wanted })).toEqual({ kind: "none" });
  });

  it("leaves behind all that a participant may hold, whoever dies when: the next one corrects it", () => {
    const providers = fc.subarray([a, b, c, { Name: "log", URL: "http://a" }]);
    // what happens at each send: it is taken and acknowledged, taken and the answer lost, lost, or its sender dies
    const outcome = fc.constantFrom("taken", "unheard", "lost", "taken, then died", "died");
    fc.assert(
      fc.property(fc.array(fc.tuple(providers, outcome), { maxLength: 30 }), providers, (story, last) => {
        const participant = new Set<string>();
        let stored: Holdings = everythingOwed;
        let known: Holdings = stored;
        const run = (wanted: readonly Provider[], fate: string): void => {
          for (;;) {
            const step = nextPushStep({ stored, known, wanted });
            if (step.kind === "none") return;
            if (step.kind === "write") stored = step.holdings;
            else {
              known = holdingsUnderway(known, wanted);
              if (!["lost", "died"].includes(fate)) {
                for (const { Name, URL } of step.patch.Removed) participant.delete(`${Name} ${URL}`);
                for (const { Name, URL } of step.patch.Added) participant.add(`${Name} ${URL}`);
              }
              if (fate.endsWith("died")) known = stored;
              if (fate !== "taken") return;
              known = acknowledged(wanted);
            }
          }
        };
        for (const [wanted, fate] of story) run(wanted, fate);
        run(last, "taken");
        expect([...participant].toSorted()).toEqual(last.map(({ Name, URL }) => `${Name} ${URL}`).toSorted());
      }),
    );
  });
});
