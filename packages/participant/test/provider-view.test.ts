import { describe, expect, it } from "vitest";
import type { Provider } from "../src/view/patch.js";
import { ProviderView } from "../src/view/provider-view.js";

const at = (port: number, name = "grading"): Provider => ({ name, url: `http://127.0.0.1:${port}` });
const urls = (...ports: number[]): string[] => ports.map((port) => at(port).url);
const nothing = { added: [], removed: [] };

function view(...added: Provider[]): ProviderView {
  const made = new ProviderView(["grading", "log"]);
  made.apply({ added, removed: [] });
  return made;
}

describe("what a participant knows", () => {
  it("is a set: adding twice is adding once, and no change", () => {
    const known = view(at(1), at(1), at(2));
    expect(known.urls("grading")).toEqual(urls(1, 2));
    expect(known.apply({ added: [at(2), at(1)], removed: [] })).toEqual(nothing);
    expect(known.urls("grading")).toEqual(urls(1, 2));
  });

  it("loses what is removed; removing what is unknown is nothing", () => {
    const known = view(at(1), at(2));
    expect(known.apply({ added: [], removed: [at(1), at(9), at(9, "nobody")] })).toEqual({
      added: [],
      removed: [at(1)],
    });
    expect(known.urls("grading")).toEqual(urls(2));
  });

  it("keeps what one patch both removes and adds: it left and came back", () => {
    const known = view(at(1));
    expect(known.apply({ added: [at(1), at(2)], removed: [at(1), at(2)] })).toEqual({ added: [at(2)], removed: [] });
    expect(known.urls("grading")).toEqual(urls(1, 2));
  });

  it("is handed out as lists that never change: a change makes another, no change keeps the same", () => {
    const known = view(at(1), at(4, "log"));
    const [before, log] = [known.urls("grading"), known.urls("log")];
    known.apply({ added: [at(2)], removed: [] });
    expect(before).toEqual(urls(1));
    expect(Object.isFrozen(before)).toBe(true);
    expect(known.urls("log")).toBe(log);
  });

  it("holds what is required only: other names are passed over, and asking for one says what is", () => {
    const known = view(at(1, "portal"));
    expect(() => known.urls("portal")).toThrow(/"portal" is not required.*grading, log/);
    expect(() => new ProviderView([]).urls("portal")).toThrow(/nothing is/);
  });

  it("is bounded: a list of more than 10,000 URLs is refused as a whole", () => {
    const known = view(at(1));
    const many = Array.from({ length: 10_000 }, (_, index) => at(index + 2));
    expect(() => known.apply({ added: many, removed: [at(1)] })).toThrow(/10001 URLs; up to 10000/);
    expect(known.urls("grading")).toEqual(urls(1));
  });
});

describe("after a new registration", () => {
  it("what was known stays until a patch and the grace are over, and what neither confirmed goes", () => {
    const known = view(at(1), at(2));
    known.asking();
    known.registeredAnew();
    known.apply({ added: [at(2)], removed: [] });
    expect(known.urls("grading")).toEqual(urls(1, 2));
    expect(known.graceOver()).toEqual({ added: [], removed: [at(1)] });
    expect(known.urls("grading")).toEqual(urls(2));
  });

  it("no grace is long enough without a patch: the first one ends it", () => {
    const known = view(at(1), at(2));
    known.asking();
    known.registeredAnew();
    expect(known.graceOver()).toEqual(nothing);
    expect(known.apply({ added: [at(2), at(3)], removed: [] })).toEqual({ added: [at(3)], removed: [at(1)] });
    expect(known.urls("grading")).toEqual(urls(2, 3));
  });

  it("a patch that was faster than the answer confirms as well, also an empty one", () => {
    const known = view(at(1));
    known.asking();
    known.apply({ added: [at(1)], removed: [] });
    known.registeredAnew();
    expect(known.graceOver()).toEqual(nothing);
    known.asking();
    known.apply(nothing);
    known.registeredAnew();
    expect(known.graceOver()).toEqual({ added: [], removed: [at(1)] });
  });

  it("later patches confirm and remove as ever", () => {
    const known = view(at(1), at(2), at(3));
    known.asking();
    known.registeredAnew();
    known.apply(nothing);
    expect(known.apply({ added: [at(1)], removed: [at(2)] })).toEqual({ added: [], removed: [at(2)] });
    expect(known.graceOver()).toEqual({ added: [], removed: [at(3)] });
    expect(known.graceOver()).toEqual(nothing);
  });

  it("nothing is doubted where the registry knew the participant still", () => {
    const known = view(at(1));
    known.asking();
    known.apply({ added: [at(2)], removed: [] });
    known.stillRegistered();
    known.apply(nothing);
    expect(known.graceOver()).toEqual(nothing);
    expect(known.urls("grading")).toEqual(urls(1, 2));
  });
});
