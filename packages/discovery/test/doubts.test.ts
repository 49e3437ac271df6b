import { ManualClock } from "@skylark/core/internal";
import { beforeEach, describe, expect, it } from "vitest";
import { mergedInstance } from "../src/consumer/directory-instance.js";
import { Doubts, doubtLimits } from "../src/consumer/doubts.js";
import type { DirectoryInstance } from "../src/internal.js";
import { TestLifeSigns } from "./life-signs.js";
import { instance } from "./simulation/world.js";

const { askEveryMs, freshMs, mostMs } = doubtLimits;
const [a, b] = ["a", "b"].map((id) => mergedInstance(instance({ id }), undefined)) as [
  DirectoryInstance,
  DirectoryInstance,
];

let clock: ManualClock;
let signs: TestLifeSigns;
let doubts: Doubts;

beforeEach(() => {
  clock = new ManualClock();
  signs = new TestLifeSigns(() => clock.now());
  doubts = new Doubts(signs);
});

/** Who is doubted. */
function doubted(): string[] {
  return doubts.instances.map(({ id }) => id);
}

/** Time passes; all that falls due is judged on time. */
function pass(ms: number): string[] {
  const ends: string[] = [];
  for (const until = clock.now() + ms; ; ) {
    const due = doubts.dueAt;
    if (due === undefined || due > until) {
      clock.advance(until - clock.now());
      return ends;
    }
    clock.advance(due - clock.now());
    ends.push(...doubts.judge(clock.now()).map(({ instance: { id }, why }) => `${id} ${why}`));
  }
}

describe("an instance that vanished from the store", () => {
  it("DISC-5.5 is believed gone at once where it had said that it leaves, also while it still answers", () => {
    signs.connect("a");
    const leaving = mergedInstance(instance({ id: "a", state: "leaving" }), undefined);
    expect(doubts.compare([leaving], [], 0)).toEqual({ began: [], ended: [] });
    expect(doubted()).toEqual([]);
    expect(doubts.dueAt).toBeUndefined();
  });

  it("is believed gone at once where nobody is connected to it", () => {
    signs.connect("b");
    expect(doubts.compare([a, b], [b], 0).began).toEqual([]);
    expect(doubted()).toEqual([]);
  });

  it("DISC-5.4 is kept while it answers, and asked for that", () => {
    signs.connect("a", "b");
    const { began } = doubts.compare([a, b], [], 0);
    expect(began).toMatchObject([
      { id: "a", doubted: "unlisted" },
      { id: "b", doubted: "unlisted" },
    ]);
    expect(began.every((each) => Object.isFrozen(each))).toBe(true);
    expect(signs.asked).toEqual(["a", "b"]);
    expect(pass(mostMs - 1)).toEqual([]);
    expect(doubted()).toEqual(["a", "b"]);
  });

  it("DISC-5.5 is believed gone after 60 s, whoever answers", () => {
    signs.connect("a");
    doubts.compare([a], [], 0);
    expect(pass(mostMs)).toEqual(["a overdue"]);
    expect(clock.now()).toBe(60_000);
    expect(doubted()).toEqual([]);
  });

  it("is gone at the next look where the connection is lost", () => {
    signs.connect("a");
    doubts.compare([a], [], 0);
    pass(10_000);
    signs.lose("a");
    expect(pass(askEveryMs)).toEqual(["a silent"]);
  });

  it.each([1000, 500])("COORD-2.7 frozen, is gone long before 2.5 s where its time to live was %i ms", (ttlMs) => {
    signs.connect("a");
    signs.freeze("a");
    clock.advance(ttlMs + 100); // the store's judge is late as well
    doubts.compare([a], [], clock.now());
    expect(pass(2500 - clock.now())).toEqual(["a silent"]);
  });

  it("that freezes while it is doubted is gone within what is fresh and one question more", () => {
    signs.connect("a");
    doubts.compare([a], [], 0);
    pass(5100);
    signs.freeze("a");
    expect(pass(freshMs + 2 * askEveryMs)).toEqual(["a silent"]);
  });

  it("is doubted no more when the store lists it again, and anew when that ends", () => {
    signs.connect("a");
    doubts.compare([a], [], 0);
    pass(50_000);
    const known = doubts.instances;
    expect(doubts.compare(known, [a], clock.now()).ended).toMatchObject([{ instance: { id: "a" }, why: "listed" }]);
    expect(doubted()).toEqual([]);
    doubts.compare([a], [], clock.now());
    expect(pass(50_000)).toEqual([]);
    expect(pass(10_000)).toEqual(["a overdue"]);
  });

  it("is doubted, and listed again, by single changes as well", () => {
    signs.connect("a", "b");
    expect(doubts.follow([], [a], [b], 0).began).toMatchObject([{ id: "a", doubted: "unlisted" }]);
    expect(doubts.follow([b], [], [b], 0)).toEqual({ began: [], ended: [] });
    expect(doubted()).toEqual(["a"]);
    expect(doubts.follow([a], [], [a, b], 0).ended).toMatchObject([{ instance: { id: "a" }, why: "listed" }]);
    expect(doubted()).toEqual([]);
  });

  it("is not doubted where it is listed under another key: it has moved", () => {
    signs.connect("a");
    expect(doubts.follow([], [a], [b, a], 0)).toEqual({ began: [], ended: [] });
  });

  it("is doubted once, however often the store speaks meanwhile", () => {
    signs.connect("a", "b");
    doubts.compare([a, b], [b], 0);
    for (let time = 0; time < 59; time++) {
      pass(1000);
      expect(doubts.compare([...doubts.instances, b], [b], clock.now())).toEqual({ began: [], ended: [] });
    }
    expect(pass(1000)).toEqual(["a overdue"]);
  });

  it("is asked again by a judge who was late himself: what came meanwhile may lie unread", () => {
    signs.connect("a");
    signs.freeze("a"); // as it looks to one who has not read for a while
    doubts.compare([a], [], 0);
    clock.advance(10_000);
    expect(doubts.judge(clock.now())).toEqual([]);
    expect(signs.asked).toEqual(["a", "a"]);
    signs.connect("a");
    expect(pass(5000)).toEqual([]);
    expect(doubted()).toEqual(["a"]);
  });
});
