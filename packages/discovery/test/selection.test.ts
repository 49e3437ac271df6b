import { describe, expect, it } from "vitest";
import type { Directory } from "../src/consumer/directory.js";
import { mergedInstance } from "../src/consumer/directory-instance.js";
import { Selections, type Selector } from "../src/consumer/selection.js";
import { explainAbsence, type InstanceOverride, type InstanceRecord, select } from "../src/internal.js";
import { instance } from "./simulation/world.js";

type Listed = Partial<InstanceRecord> & { readonly override?: InstanceOverride };

function directory(listed: readonly Listed[], own: Partial<Directory> = {}): Directory {
  const instances = listed.map(({ override, ...record }) => mergedInstance(instance(record), override));
  const selections = new Selections(instances);
  return { service: "grading", instances, selections, heardAt: 0, inTouch: true, complete: true, ...own };
}

function chosen(of: Directory, selector: Selector): string[] {
  return select(of, selector).map(({ id }) => id);
}

describe("select", () => {
  const places = directory([
    { id: "eu-a", region: "eu", zone: "a", host: "h1", tags: ["ssd", "blue"] },
    { id: "eu-b", region: "eu", zone: "b", host: "h2", tags: ["blue"] },
    { id: "us", region: "us", zone: "a", host: "h3", tags: [] },
  ]);

  it.each<[Selector, string[]]>([
    [{}, ["eu-a", "eu-b", "us"]],
    [{ region: "any", zone: "any", host: "any", version: "any", tags: [] }, ["eu-a", "eu-b", "us"]],
    [{ region: "eu" }, ["eu-a", "eu-b"]],
    [{ zone: "a" }, ["eu-a", "us"]],
    [{ host: "h2" }, ["eu-b"]],
    [{ region: "eu", zone: "a", host: "h1", version: "1.2.0" }, ["eu-a"]],
    [{ region: "us", zone: "b" }, []],
    [{ tags: ["blue"] }, ["eu-a", "eu-b"]],
    [{ tags: ["blue", "ssd"] }, ["eu-a"]],
    [{ tags: ["red"] }, []],
  ])("DISC-1.3 finds by any of version, region, zone, host and tags: %j", (selector, expected) => {
    expect(chosen(places, selector)).toEqual(expected);
  });

  it.each([
    ["1", "1", true],
    ["1", "1.2.0", true],
    ["1", "2.0.0", false],
    ["^1.2", "1.3.4", true],
    ["^1.2", "1.1.0", false],
    [">=1 <3", "2.9.9", true],
    ["1.2.0", "1.2.0", true],
    ["1.2.0", "1.2.1", false],
    ["1", "1.2.0-beta.1", false],
    ["1.2.0-beta.1", "1.2.0-beta.1", true],
    ["blue", "blue", true],
    ["blue", "green", false],
    ["^1", "blue", false],
    ["2026-11", "2026-11", true],
    ["1", "01", false],
  ])("DISC-1.2 version %s asked, %s there: %s", (asked, there, fits) => {
    expect(chosen(directory([{ version: there }]), { version: asked })).toHaveLength(fits ? 1 : 0);
  });

  it("leaves out who is leaving and who is out of rotation, by own word or by another's", () => {
    const mixed = directory([
      { id: "in" },
      { id: "leaving", state: "leaving" },
      { id: "out", registered: false },
      { id: "taken-out", override: { registered: false } },
      { id: "put-in", registered: false, override: { registered: true } },
      { id: "leaving-all-the-same", state: "leaving", override: { registered: true } },
    ]);
    expect(chosen(mixed, {})).toEqual(["in", "put-in"]);
  });

  it("leaves out who speaks only HTTP: no channel can dial it", () => {
    const mixed = directory([
      { id: "native", url: "http://127.0.0.1:4000" },
      { id: "plain", protocol: "http", url: "http://127.0.0.1:4001" },
      { id: "put-in", protocol: "http", url: "http://127.0.0.1:4002", override: { registered: true } },
    ]);
    expect(chosen(mixed, {})).toEqual(["native"]);
    expect(mixed.instances).toHaveLength(3);
  });

  it("answers the same question with the same array, which nobody can change", () => {
    const first = select(places, { region: "eu", tags: ["blue"] });
    expect(select(places, { region: "eu", tags: ["blue"] })).toBe(first);
    expect(select({ ...places, inTouch: false }, { region: "eu", tags: ["blue"] })).toBe(first);
    expect(select(places, { region: "eu" })).not.toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
  });

  it("remembers a bounded number of answers, and answers on", () => {
    for (let n = 0; n < 1000; n++) expect(select(places, { host: `h${n}` }).length).toBe(n >= 1 && n <= 3 ? 1 : 0);
  });
});

describe("DISC-1.5 explainAbsence", () => {
  const words = (listed: readonly Listed[], selector: Selector, own: Partial<Directory> = {}) =>
    explainAbsence(directory(listed, own), selector, 2500);
  const away = { inTouch: false };

  it("says when the store has not answered yet", () => {
    expect(words([], {}, { complete: false, ...away })).toBe(
      'no instance of "grading": the registry has not said yet which there are, asked 2 s ago',
    );
  });

  it("says when nobody offers the service", () => {
    expect(words([], { version: "1" })).toBe('no instance of "grading" 1: nobody offers it, registry heard just now');
    expect(words([], {}, away)).toBe('no instance of "grading": nobody offers it, registry last heard 2 s ago');
  });

  it("says which regions there are, and how to reach them", () => {
    const listed = [{ region: "us" }, { region: "us" }, { region: "asia" }, { region: "us" }];
    expect(words(listed, { version: "1.x", region: "eu" }, away)).toBe(
      'no instance of "grading" 1.x in region "eu": 3 in "us", 1 in "asia" (set region: "any"), registry last heard 2 s ago',
    );
  });

  it("says which versions there are", () => {
    const listed = [{ version: "1.2.0" }, { version: "1.3.0" }, { version: "1.3.0" }, { version: "blue" }];
    expect(words(listed, { version: "2" })).toBe(
      'no instance of "grading" 2: 2 of version 1.3.0, 1 of version 1.2.0, 1 of version blue (set version: "any"), registry heard just now',
    );
  });

  it("says which zones, hosts or tags there are", () => {
    expect(words([{}], { zone: "b" })).toContain('in zone "b": 1 in "a" (set zone: "any")');
    expect(words([{}], { host: "h9" })).toContain('on host "h9": 1 on "school-1" (set host: "any")');
    expect(words([{}], { tags: ["red", "ssd"] })).toContain(
      'with tags "red", "ssd": 1 without these tags (ask for fewer tags)',
    );
  });

  it("says that they speak only HTTP, where nobody speaks anything else", () => {
    const plain = { protocol: "http", url: "http://127.0.0.1:4001", region: "" } as const;
    expect(words([plain, plain], {})).toBe(
      'no instance of "grading": 2 known, which speak only HTTP (protocol "http"), registry heard just now',
    );
    expect(words([plain], { version: "1" })).toContain(": 1 known, which speaks only HTTP");
    expect(words([plain, { region: "us" }], { region: "eu" })).toContain(': 1 in "us" (set region: "any")');
  });

  it("says who fits but is out of rotation, or leaving", () => {
    expect(words([{ registered: false }, { override: { registered: false } }, { state: "leaving" }], {})).toBe(
      'no instance of "grading": 2 unregistered (put into rotation by "sky register <instance>"), 1 leaving, registry heard just now',
    );
    expect(words([{ state: "leaving", registered: false }], {})).toContain(": 1 leaving, registry");
    expect(words([{ registered: false }], { region: "us" })).toContain("none fits, and none is in rotation: 1 unreg");
  });

  it("says what there is where more than one wish stands in the way, the most frequent first", () => {
    const listed = [{}, { version: "2.0.0", region: "us" }, { version: "2.0.0", region: "us" }];
    expect(words(listed, { version: "3", region: "asia" })).toContain(': 2 2.0.0 in "us", 1 1.2.0 in "eu", registry');
    const many = Array.from({ length: 9 }, (_, n) => ({ region: `r${n}` }));
    expect(words(many, { region: "eu" })).toMatch(
      /^[^:]+: (1 in "r\d", ){4}1 in "r4" and 4 others \(set region: "any"\)/,
    );
  });

  it("says how many there are where some fit", () => {
    expect(words([{}, {}], {})).toBe('2 instances of "grading" known');
    expect(words([{}], { version: "1" })).toBe('1 instance of "grading" 1 known');
  });
});
