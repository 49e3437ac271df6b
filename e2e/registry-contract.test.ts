import { readFileSync } from "node:fs";
import { randomId } from "@skylark/core/internal";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ContractProgram } from "./support/contract/contract-program.js";
import { exchange, replay } from "./support/contract/exchange.js";
import { type Blanks, inWordsOf, type RequestCase, requestOf, serviceUrlOf } from "./support/contract/request-case.js";
import { Stage, type Story } from "./support/contract/story.js";
import { World } from "./support/world.js";

/**
 * The contract of registration over HTTP, from the data in `conformance/registry`: against the registry of this repository,
 * or, with REGISTRY_URL, against any other that runs.
 */

const folder = new URL("../conformance/registry/", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, folder), "utf8");
const requests = JSON.parse(read("requests.json")) as Record<"refused" | "accepted" | "takenOut", RequestCase[]>;
const stories = JSON.parse(read("stories.json")) as Story[];
const recorded = JSON.parse(read("recorded.json")) as Recording[];

/** What a program of a stranger sent, byte for byte but for `{host}`, and the status that it is to get. */
interface Recording {
  readonly name: string;
  readonly exchanges: readonly { readonly bytes: string; readonly status: number | readonly number[] }[];
}

const world = new World();
let registry = "";

beforeAll(async () => {
  const given = process.env["REGISTRY_URL"];
  registry = given ?? (await world.start<{ url: string }>("registry", { args: ["--patience", "10000"] })).ready.url;
});

afterAll(() => world[Symbol.asyncDispose]());

const unregister = async (url: string): Promise<number> => {
  const body = Buffer.from(url);
  const headers = { "content-type": "text/plain", "content-length": String(body.length) };
  return (await exchange({ method: "DELETE", url: `${registry}/services`, headers, body })).status;
};

describe("REG-2.1 a request that is wrong is refused by name, and nothing is registered:", () => {
  const service = `refused-${randomId()}`;
  let blanks: Blanks;
  let program: ContractProgram;
  let watcher: ContractProgram;
  let marker: ContractProgram;
  const register = async (each: ContractProgram): Promise<number> => {
    const body = Buffer.from(JSON.stringify(each.registration));
    const headers = { "content-type": "application/json", "content-length": String(body.length) };
    return (await exchange({ method: "POST", url: `${registry}/services`, headers, body })).status;
  };

  beforeAll(async () => {
    program = await ContractProgram.start(service, []);
    watcher = await ContractProgram.start(`watcher-${service}`, [service, `marker-${service}`]);
    marker = await ContractProgram.start(`marker-${service}`, []);
    blanks = { registry, program: program.url, service };
    await register(watcher);
  });

  afterAll(async () => {
    for (const each of [watcher, marker]) await unregister(each.url);
    for (const each of [program, watcher, marker]) await each[Symbol.asyncDispose]();
  });

  it.each(requests.refused)("$name", async (each) => {
    const answered = await exchange(requestOf(each, blanks));
    const standing = await unregister(program.url); // also where it failed: the next one begins with nothing
    expect(inWordsOf(each, answered)).toEqual(each.answer);
    expect(standing, "it is registered all the same").toBe(404);
  });

  it("nobody ever hears of any of it", async () => {
    await register(marker);
    await expect.poll(() => watcher.taken.length, { timeout: 20_000 }).toBeGreaterThan(1);
    expect(watcher.taken).toEqual([
      { Added: [], Removed: [] },
      { Added: [{ Name: marker.service, URL: marker.url }], Removed: [] },
    ]);
    expect(program.faults.length + program.heartbeats + program.taken.length).toBe(0);
  });
});

describe("REG-2.1 REG-2.2 a registration is taken, and taken out again:", () => {
  let program: ContractProgram;
  let blanks: Blanks;

  beforeAll(async () => {
    program = await ContractProgram.start(`taken-${randomId()}`, []);
    blanks = { registry, program: program.url, service: program.service };
  });

  afterAll(() => program[Symbol.asyncDispose]());

  it.each(requests.accepted)("where $name", async (each) => {
    const answered = await exchange(requestOf(each, blanks));
    expect(inWordsOf(each, answered)).toEqual(each.answer);
    expect(await unregister(serviceUrlOf(each, blanks))).toBe(200);
    expect(await unregister(serviceUrlOf(each, blanks))).toBe(404);
  });

  it.each(requests.takenOut)("by $name", async (each) => {
    const registration = { name: "", request: { method: "POST", path: "/services", registration: {} } };
    await exchange(requestOf(registration, blanks));
    const { status } = await exchange(requestOf(each, blanks));
    expect(status).toBe(200);
    expect(await unregister(program.url)).toBe(404);
  });

  it.each(recorded)("as recorded from $name", async ({ exchanges }) => {
    const { host } = new URL(registry);
    for (const { bytes, status } of exchanges) {
      expect([status].flat()).toContain(await replay(registry, bytes.replace("{host}", host)));
    }
  });
});

describe("REG-2.1 REG-2.2 REG-2.3 REG-2.4 what participants hear of each other:", () => {
  it.each(stories)("$name", { timeout: 180_000 }, async (story) => {
    await using stage = await Stage.open(registry, story, randomId());
    for (const step of story.steps) await stage.play(step);
    expect(stage.faults).toEqual([]);
  });
});
