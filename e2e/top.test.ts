import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { Application, connect } from "skylark";
import { expect, it } from "vitest";
import { Sky } from "./support/sky.js";
import { trials, until } from "./support/until.js";
import { type ParticipantReady, World } from "./support/world.js";

interface Top {
  readonly cluster: string;
  readonly intervalMs: number;
  readonly services: readonly {
    readonly service: string;
    readonly instances: number;
    readonly silent: readonly string[];
    readonly callsPerSecond: number | null;
    readonly errorsPerSecond: number | null;
    readonly errorShare: number | null;
    readonly p50Ms: number | null;
    readonly p99Ms: number | null;
    readonly inFlight: number | null;
    readonly methods: readonly { readonly method: string; readonly callsPerSecond: number | null }[];
  }[];
}

function echoIn({ services }: Top): Top["services"][number] | undefined {
  return services.find(({ service }) => service === "echo");
}

/** The first look at the system that shows what it shows as soon as nobody stands still. */
async function lookThat<Seen>(look: () => Promise<{ readonly seen: Seen; readonly shows: boolean }>): Promise<Seen> {
  let last = await look();
  await until("everybody is seen at work", 30_000, async () => {
    if (last.shows) return true;
    const before = last.seen;
    last = await look();
    return JSON.stringify(before);
  });
  return last.seen;
}

it("OPS-1.5 shows rates, errors and durations of each service, while calls are made", async () => {
  await using world = new World();
  const sky = new Sky(world.home);
  const [caller] = await Promise.all([
    world.participant("caller"),
    world.participant("echo"),
    world.participant("echo"),
  ]);
  await caller.ask("start", { service: "echo", method: "echo", perSecond: 100, timeoutMs: 60_000, name: "top" });
  const office = await world.start<ParticipantReady>("office");
  await using own = new Application({ name: "asking", settings: { home: world.home }, log: () => {} });
  const grading = await connect<{ student(id: number): Promise<unknown> }>("grading", { application: own });
  const over = new AbortController();
  const failing = (async () => {
    while (!over.signal.aborted) {
      await grading.student(9).catch(() => {});
      await pause(200); // far fewer than those that succeed
    }
  })();
  try {
    const top = await lookThat(async () => {
      const seen = await sky.json<Top>("top", "--once", "--interval", "4s");
      // whoever stood still is silent, or made no calls
      const all = seen.services.every(({ silent, callsPerSecond }) => silent.length === 0 && callsPerSecond !== null);
      return { seen, shows: all && (echoIn(seen)?.callsPerSecond ?? 0) > trials(20, 10) };
    });
    expect(top).toMatchObject({ cluster: "default", intervalMs: 4000 });
    const echo = echoIn(top);
    expect(echo).toMatchObject({ instances: 2, silent: [], errorsPerSecond: 0, errorShare: 0 });
    expect(echo?.callsPerSecond).toBeLessThan(500);
    expect(echo?.p50Ms).toBeGreaterThan(0);
    expect(echo?.p99Ms).toBeGreaterThanOrEqual(echo?.p50Ms ?? 0);
    expect(echo?.methods.map(({ method, callsPerSecond }) => [method, (callsPerSecond ?? 0) > 0])).toEqual([
      ["deposit", false],
      ["echo", true],
    ]);
    expect(top.services[0]?.service).toBe("echo"); // the busiest first
    const failures = top.services.find(({ service }) => service === "grading");
    expect(failures?.errorsPerSecond).toBeGreaterThan(0);
    expect(failures?.errorShare).toBe(1);
  } finally {
    over.abort();
    await failing;
  }
  const text = await lookThat(async () => {
    const seen = await sky.out("top", "--once", "--service", "echo", "--methods", "--interval", "2s");
    return { seen, shows: /^echo +2 +\d/m.test(seen) };
  });
  expect(text).toMatch(/^SERVICE +INSTANCES +CALLS\/S +ERRORS\/S +ERRORS +P50 +P99 +IN FLIGHT\necho +2 +\d/);
  expect(text).toMatch(/^ {2}echo +\d/m);
  expect(text).not.toContain("grading");
  await office.kill();
});

it("shows an instance that does not answer as silent, and waits for nobody", async () => {
  await using world = new World({ SKYLARK_SESSION_TTL_MS: "60000" }); // it stays listed
  const sky = new Sky(world.home);
  await world.participant("host");
  const [frozen, caller] = [await world.participant("echo"), await world.participant("caller")];
  await world.participant("echo");
  await caller.ask("start", { service: "echo", method: "echo", perSecond: 50, timeoutMs: 1000, name: "top" });
  const child = sky.spawn("top", "--json", "--interval", "400ms");
  const tops: Top[] = [];
  let wake = (): void => {};
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
    tops.push(JSON.parse(line) as Top);
    wake();
  });
  const seen = async (what: (top: Top) => boolean): Promise<Top> => {
    for (;;) {
      for (let top = tops.shift(); top; top = tops.shift()) if (what(top)) return top;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  try {
    await seen((top) => echoIn(top)?.silent.length === 0 && (echoIn(top)?.callsPerSecond ?? 0) > 0);
    frozen.freeze();
    const isSilent = (top: Top): boolean =>
      JSON.stringify(echoIn(top)?.silent) === JSON.stringify([frozen.ready.instance]);
    expect(echoIn(await seen(isSilent))).toMatchObject({ instances: 2 });
    await seen((top) => isSilent(top) && (echoIn(top)?.callsPerSecond ?? 0) > 0); // of the other one
    frozen.thaw();
    await seen((top) => echoIn(top)?.silent.length === 0);
  } finally {
    frozen.thaw();
    const closed = once(child, "close");
    child.kill("SIGINT");
    expect((await closed)[0]).toBe(0);
  }
});

it("says that nothing is registered, by its exit code too", async () => {
  await using world = new World();
  const sky = new Sky(world.home);
  await world.participant("echo");
  const { exitCode, err } = await sky.run("top", "--once", "--interval", "10ms", "--service", "absent");
  expect({ exitCode, err }).toEqual({
    exitCode: 3,
    err: 'no service in the cluster "default" fits --service absent\n',
  });
});
