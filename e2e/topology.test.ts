import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { Sky } from "./support/sky.js";
import { type ParticipantReady, World } from "./support/world.js";

interface Graph {
  readonly nodes: readonly {
    readonly id: string;
    readonly missing?: boolean;
    readonly instances?: readonly { readonly id: string }[];
  }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

it("OPS-1.1 shows who requires whom, with instances and what is missing, and tells each change", async () => {
  await using world = new World({ SKYLARK_SESSION_TTL_MS: "3000" });
  const sky = new Sky(world.home);
  // offers grading and notes, and requires grading
  const office = await world.start<ParticipantReady>("office");
  const graph = await sky.json<Graph>("topology");
  expect(graph.nodes.map(({ id }) => id)).toEqual(["service:grading", "service:notes"]);
  expect(graph.edges).toEqual([
    { from: "service:grading", to: "service:grading" },
    { from: "service:notes", to: "service:grading" },
  ]);
  expect(await sky.out("topology")).toMatch(
    /^notes nightly {2}1 instance\n│ • 127\.0\.0\.1:\d+\n└─ grading 1\.2\.0 {2}1 instance\n/,
  );

  const child = sky.spawn("topology", "--follow", "--json");
  const graphs: Graph[] = [];
  let wake = (): void => {};
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
    graphs.push(JSON.parse(line) as Graph);
    wake();
  });
  const seen = async (what: (graph: Graph) => boolean): Promise<void> => {
    while (!graphs.some(what)) await new Promise<void>((resolve) => (wake = resolve));
  };
  try {
    await seen(() => true);
    await world.participant("echo");
    await seen(({ nodes }) => nodes.some(({ id }) => id === "service:echo"));
    // a process that only calls is there by its name, and what it calls is missing
    const caller = await world.participant("caller");
    caller.ask("start", { service: "absent", timeoutMs: 1 }).catch(() => {}); // it waits for what never comes
    await seen(({ nodes }) => nodes.some(({ id, missing }) => id === "service:absent" && missing === true));
    graphs.length = 0;
    await office.kill();
    await seen(({ nodes }) => !nodes.some(({ id }) => id === "service:notes"));
  } finally {
    const closed = once(child, "close");
    child.kill("SIGINT");
    expect((await closed)[0]).toBe(0);
  }
});

it("says that nothing is registered, by its exit code too", async () => {
  await using world = new World();
  const sky = new Sky(world.home);
  await world.participant("echo");
  const { exitCode, out } = await sky.run("topology", "--cluster", "elsewhere", "--json");
  expect({ exitCode, shape: JSON.parse(out) as unknown }).toEqual({
    exitCode: 3,
    shape: { cluster: "elsewhere", nodes: [], edges: [] },
  });
});
