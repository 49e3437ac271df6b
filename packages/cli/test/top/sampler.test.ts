import { type Deferred, deferred, ManualClock } from "@skylark/core/internal";
import type { InstanceFigures } from "skylark/internal";
import { beforeEach, expect, it } from "vitest";
import { Sampler } from "../../src/top/sampler.js";
import type { TopView } from "../../src/top/top-row.js";
import { listed } from "../listed.js";
import { figures } from "./figures.js";

let clock: ManualClock;
let sampler: Sampler;
/** What each instance is asked, by id. */
let asked: Map<string, Deferred<InstanceFigures>[]>;
let closed: string[];

beforeEach(() => {
  clock = new ManualClock();
  asked = new Map();
  closed = [];
  sampler = new Sampler({
    clock,
    patienceMs: 500,
    open: ({ id }) => {
      const questions: Deferred<InstanceFigures>[] = [];
      asked.set(id, questions);
      return {
        figures: () => {
          questions.push(deferred<InstanceFigures>());
          return (questions.at(-1) as Deferred<InstanceFigures>).promise;
        },
        close: () => closed.push(id),
      };
    },
  });
});

const [one, other] = [listed({ id: "one" }), listed({ id: "other" })];

function answer(id: string, uptimeMs: number, succeeded: number): void {
  asked
    .get(id)
    ?.at(-1)
    ?.resolve(figures(uptimeMs, { grading: { students: { succeeded } } }));
}

function ended(view: TopView, id: string): number[] | undefined {
  return view.intervals.get(id)?.map((interval) => interval.ended);
}

it("asks all at once, and tells what each did between two looks", async () => {
  const first = sampler.look([one, other, listed({ id: "one", service: "notes" })]);
  expect([...asked].map(([id, questions]) => [id, questions.length])).toEqual([
    ["one", 1],
    ["other", 1],
  ]);
  answer("one", 60_000, 100);
  answer("other", 60_000, 50);
  expect((await first).intervals.size).toBe(0); // nothing to compare them with
  clock.advance(1000);
  const second = sampler.look([one, other]);
  answer("one", 61_000, 130);
  answer("other", 61_000, 50);
  expect(ended(await second, "one")).toEqual([30]);
  expect(ended(await second, "other")).toEqual([0]);
});

it("does not wait for one that is slow, does not ask it twice, and loses nothing of it", async () => {
  const first = sampler.look([one, other]);
  answer("one", 60_000, 100);
  answer("other", 60_000, 100);
  await first;
  clock.advance(1000);
  const second = sampler.look([one, other]);
  answer("one", 61_000, 110);
  clock.advance(500);
  expect([...(await second).silent]).toEqual(["other"]);
  expect(ended(await second, "one")).toEqual([10]);
  clock.advance(500);
  const third = sampler.look([one, other]);
  answer("one", 62_000, 110);
  expect(asked.get("other")).toHaveLength(2);
  answer("other", 61_500, 140);
  expect([...(await third).silent]).toEqual([]);
  expect(ended(await third, "other")).toEqual([40]);
});

it("counts one that refuses as silent, and asks it again", async () => {
  const first = sampler.look([one]);
  asked.get("one")?.at(-1)?.reject(new Error("no"));
  expect([...(await first).silent]).toEqual(["one"]);
  const second = sampler.look([one]);
  answer("one", 60_000, 1);
  expect([...(await second).silent]).toEqual([]);
});

it("tells all that one did which was not there at the look before", async () => {
  const first = sampler.look([one]);
  answer("one", 60_000, 100);
  await first;
  clock.advance(1000);
  const second = sampler.look([one, other]);
  answer("one", 61_000, 100);
  answer("other", 300, 7);
  expect(ended(await second, "other")).toEqual([7]);
  expect((await second).intervals.get("other")?.[0]?.seconds).toBe(0.3);
});

it("leaves those alone that have left or speak HTTP only, and closes what it opened", async () => {
  const http = listed({ id: "http", protocol: "http" });
  const first = sampler.look([one, other, http]);
  expect(asked.has("http")).toBe(false);
  answer("one", 1, 1);
  answer("other", 1, 1);
  await first;
  const second = sampler.look([one]);
  expect(closed).toEqual(["other"]);
  answer("one", 1, 1);
  await second;
  sampler.close();
  expect(closed).toEqual(["other", "one"]);
});
