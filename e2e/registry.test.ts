import { openCoordination } from "@skylark/coordination";
import { seededRandom } from "@skylark/core/internal";
import { readSystem } from "@skylark/discovery/internal";
import type { ParticipantStatus } from "@skylark/registry";
import { describe, expect, it } from "vitest";
import type { Program } from "./support/program.js";
import { report, trials, until } from "./support/until.js";
import { World } from "./support/world.js";

interface RegistryReady {
  readonly url: string;
}

interface Member {
  readonly url: string;
  readonly name: string;
  readonly requires: readonly string[];
  readonly view: readonly string[];
  readonly patches: number;
}

const names = ["log", "grading", "portal", "reporter", "queue"];
const seed = 20_261_120;

describe("the registry", () => {
  it("tells dependants within 1 s who is marked down, and who is well again", async () => {
    const rounds = trials(10, 2);
    await using world = new World();
    await world.participant("keeper"); // hosts the store
    const { url } = (await world.start<RegistryReady>("registry")).ready;
    const [doomed, watching] = await Promise.all([1, 2].map(() => world.start("crowd", { args: ["--registry", url] })));
    if (!doomed || !watching) throw new Error("there are two");
    await using store = await openCoordination({ home: world.home, host: false });
    const gone = await doomed.ask<string>("join", { name: "grading", requires: [] });
    await watching.ask<string>("join", { name: "portal", requires: ["grading"] });
    const marked = async (): Promise<boolean> =>
      (await readSystem(store, "default")).services.some(({ instances }) =>
        instances.some((instance) => instance.url === gone && instance.override?.mark),
      );
    const knows = (count: number) => async (): Promise<true | string> => {
      const [portal] = await watching.ask<Member[]>("members");
      return portal?.view.length === count || `it knows ${portal?.view.length}`;
    };
    const figures = { markedAfterMs: [] as number[], toldMs: [] as number[], backMs: [] as number[] };
    await until("the dependant knows it", 5000, knows(1));
    for (let round = 0; round < rounds; round++) {
      doomed.freeze();
      figures.markedAfterMs.push(await until("it is marked down", 10_000, async () => (await marked()) || "not yet"));
      figures.toldMs.push(await until("its dependant is told", 1000, knows(0)));
      doomed.thaw();
      await until("its mark is gone", 10_000, async () => !(await marked()) || "not yet");
      figures.backMs.push(await until("its dependant is told again", 1000, knows(1)));
    }
    report("a participant freezes", {
      rounds,
      slowestMarkedMs: Math.max(...figures.markedAfterMs),
      slowestToldMs: Math.max(...figures.toldMs),
      slowestBackMs: Math.max(...figures.backMs),
    });
  }, 300_000);

  it("REG-HTTP-7 answers 503 while its store is frozen, keeps what it knows, and goes on as if nothing had been", async () => {
    await using world = new World();
    const keeper = await world.participant("keeper"); // hosts the store
    const { url } = (await world.start<RegistryReady>("registry")).ready;
    const crowd = await world.start("crowd", { args: ["--registry", url] });
    const grading = await crowd.ask<string>("join", { name: "grading", requires: [] });
    await crowd.ask<string>("join", { name: "portal", requires: ["grading"] });
    keeper.freeze();
    const refused = await fetch(`${url}/services`, { method: "DELETE", body: grading });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: { code: "unavailable" } });
    expect(await (await fetch(`${url}/services`)).text()).toContain(grading);
    keeper.thaw();
    const late = crowd.ask<string>("join", { name: "grading", requires: [] });
    await crowd.ask("leave", grading);
    const now = await late;
    await until("the dependant knows who is there now", 5000, async () => {
      const portal = (await crowd.ask<Member[]>("members")).find(({ name }) => name === "portal");
      return JSON.stringify(portal?.view) === JSON.stringify([`grading ${now}`]) || JSON.stringify(portal?.view);
    });
  });

  it("REG-2.5 is killed again and again while participants register, leave and die: views equal the store's, nobody is lost or doubled", async () => {
    const kills = trials(20, 3);
    await using world = new World();
    // hosts the store, and is a Skylark service that participants require
    await world.participant("grading");
    let registry = await world.start<RegistryReady>("registry");
    const { url } = registry.ready;
    const port = new URL(url).port;
    const crowds = await Promise.all([1, 2, 3].map(() => world.start("crowd", { args: ["--registry", url] })));
    await using store = await openCoordination({ home: world.home, host: false });
    const random = seededRandom(seed);
    const any = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)] as T;
    /** Who is registered, alive or dead. */
    const expected = new Set<string>();
    const settledAfterMs: number[] = [];
    const done = { registered: 0, left: 0, died: 0 };

    const join = async (crowd: Program): Promise<void> => {
      const requires = names.filter(() => random.next() < 0.4);
      expected.add(await crowd.ask<string>("join", { name: any(names), requires }));
      done.registered++;
    };
    const leave = async (crowd: Program): Promise<void> => {
      const [member] = (await crowd.ask<Member[]>("members")).filter((each) => expected.has(each.url));
      if (!member) return;
      expected.delete(member.url);
      await crowd.ask("leave", member.url);
      done.left++;
    };
    await Promise.all(crowds.flatMap((crowd) => Array.from({ length: 8 }, () => join(crowd))));

    for (let kill = 0; kill < kills; kill++) {
      const work = crowds.flatMap((crowd) => [join(crowd), join(crowd), leave(crowd), leave(crowd)]);
      await new Promise((resolve) => setTimeout(resolve, random.next() * 50));
      await registry.kill();
      const doomed = crowds.at(-1) as Program;
      const more = crowds.slice(0, 2).flatMap((crowd) => [join(crowd), leave(crowd)]);
      registry = await world.start<RegistryReady>("registry", { env: { SKYLARK_PORT: port } });
      await Promise.all([...work, ...more]);
      done.died += (await doomed.ask<Member[]>("members")).length;
      await doomed.kill();
      crowds[crowds.length - 1] = await world.start("crowd", { args: ["--registry", url] });
      const restartedAt = performance.now();
      await until("every view equals the store's", 5000, () => viewsEqualStore(store, crowds, expected));
      settledAfterMs.push(Math.round(performance.now() - restartedAt));
    }
    await until("whoever died is marked down, or a third of its service is", 15_000, async () => {
      const alive = new Set((await members(crowds)).map(({ url }) => url));
      const dead = (await registry.ask<ParticipantStatus[]>("participants")).filter((each) => !alive.has(each.url));
      const unnoticed = dead.filter(({ mark, withheld }) => mark === null && !withheld);
      return unnoticed.length === 0 || `${unnoticed.length} of ${dead.length} are not`;
    });
    await until("every view equals the store's", 5000, () => viewsEqualStore(store, crowds, expected));
    report("registry killed", {
      kills,
      topology: "1 registry, 1 Skylark service that hosts the store, 3 processes of participants",
      ...done,
      slowestMs: Math.max(...settledAfterMs),
      patchesMost: Math.max(...(await members(crowds)).map(({ patches }) => patches)),
      seed,
    });
  }, 600_000);
});

async function members(crowds: readonly Program[]): Promise<Member[]> {
  return (await Promise.all(crowds.map((crowd) => crowd.ask<Member[]>("members")))).flat();
}

/** Each participant holds just what the store says of what it requires; the store lists just those who are registered, once. */
async function viewsEqualStore(
  store: Awaited<ReturnType<typeof openCoordination>>,
  crowds: readonly Program[],
  expected: ReadonlySet<string>,
): Promise<true | string> {
  const { services } = await readSystem(store, "default");
  const instances = services.flatMap((service) => service.instances);
  const listed = instances.filter(({ protocol }) => protocol === "http").map(({ url = "" }) => url);
  if (listed.length !== expected.size || listed.some((url) => !expected.has(url))) {
    return `${listed.length} listed, ${expected.size} registered`;
  }
  const up = instances.filter(({ url, override, effective }) => url && !override?.mark && effective.registered);
  for (const member of await members(crowds)) {
    const wanted = up
      .filter(({ service, url }) => member.requires.includes(service) && url !== member.url)
      .map(({ service, url }) => `${service} ${url}`);
    if (JSON.stringify([...new Set(wanted)].toSorted()) !== JSON.stringify(member.view)) {
      return `${member.name} at ${member.url} holds ${member.view.length} of ${wanted.length} after ${member.patches} patches`;
    }
  }
  return true;
}
