import { deferred } from "@skylark/core/internal";
import { connect, SkylarkError, serve } from "skylark";
import { expect, it } from "vitest";
import { type ReadFamily, readMetrics } from "./metrics-reader.js";
import { World } from "./world.js";

/** The value of the one sample that has these labels. */
function valueOf(family: ReadFamily | undefined, labels: Record<string, string>, suffix = ""): number | undefined {
  const fit = family?.samples.filter(
    ({ name, labels: has }) =>
      name.endsWith(suffix) && Object.entries(labels).every(([label, value]) => has[label] === value),
  );
  expect(fit).toHaveLength(1);
  return fit?.[0]?.value;
}

it("HTTP-METRICS-1 HTTP-METRICS-2 OPS-5.1 tells Prometheus what came of every call, and how the process is", async () => {
  const world = new World();
  const application = world.application({ name: 'the "campus"' });
  const [gate, began] = [deferred(), deferred()];
  const grading = {
    grade: async () => "A",
    refuse: () => Promise.reject(new SkylarkError("not_found", "nobody")),
    hold: () => {
      began.resolve();
      return gate.promise;
    },
    async *count() {
      yield 1;
    },
  };
  await serve("grading", grading, { application });
  const client = await connect<typeof grading>("grading", { application: world.application() });
  for (let time = 0; time < 3; time++) await client.grade();
  await fetch(`${application.url}/grading/grade`, { method: "POST" });
  await client.refuse().catch(() => {});
  for await (const _ of client.count());
  const held = client.hold();
  await began.promise;

  const answer = await fetch(`${application.url}/metrics`);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const families = readMetrics(await answer.text());
  gate.resolve();
  await held;

  const of = (name: string, method: string, more = {}): number | undefined =>
    valueOf(families.get(name), { service: "grading", method, ...more });
  expect(["grade", "refuse", "count", "hold"].map((method) => of("skylark_calls_total", method))).toEqual([4, 1, 1, 1]);
  expect(of("skylark_call_failures_total", "refuse", { code: "not_found" })).toBe(1);
  expect(["grade", "refuse", "hold"].map((method) => of("skylark_calls_in_flight", method))).toEqual([0, 0, 1]);
  expect(valueOf(families.get("skylark_instance_info"), { name: 'the "campus"', node: process.version })).toBe(1);
  expect(valueOf(families.get("skylark_connections"), { protocol: "skylark" })).toBeGreaterThan(0);
  expect(valueOf(families.get("skylark_connections"), { protocol: "http" })).toBeGreaterThan(0);
  const sessions = families.get("skylark_store_session")?.samples ?? [];
  expect(sessions.filter(({ value }) => value === 1)).toHaveLength(1);
  expect(sessions.filter(({ value }) => value === 0)).toHaveLength(5);
  for (const name of ["process_resident_memory_bytes", "skylark_heap_used_bytes", "skylark_uptime_seconds"]) {
    expect(valueOf(families.get(name), {})).toBeGreaterThan(0);
  }
  expect(families.get("process_cpu_seconds_total")).toMatchObject({ type: "counter", samples: [{ labels: {} }] });
  expect(families.has("skylark_event_loop_delay_seconds")).toBe(true);
  expect(valueOf(families.get("process_start_time_seconds"), {})).toBeLessThanOrEqual(Date.now() / 1000);
  expectDurations(families.get("skylark_call_duration_seconds"));
});

function expectDurations(family: ReadFamily | undefined): void {
  const methods = new Set(family?.samples.map(({ labels: { service, method } }) => `${service} ${method}`));
  expect(methods).toContain("grading grade");
  expect(methods).not.toContain("grading count"); // a stream is as long as it likes
  for (const key of methods) {
    const [service = "", method = ""] = key.split(" ");
    const own = family?.samples.filter(({ labels }) => labels["service"] === service && labels["method"] === method);
    const buckets = own?.filter(({ name }) => name.endsWith("_bucket")) ?? [];
    const bounds = buckets.map(({ labels: { le } }) => (le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le)));
    expect(bounds).toEqual(bounds.toSorted((one, other) => one - other));
    const counts = buckets.map(({ value }) => value);
    expect(counts).toEqual(counts.toSorted((one, other) => one - other));
    expect(counts.at(-1)).toBe(valueOf(family, { service, method }, "_count"));
  }
  expect(valueOf(family, { service: "grading", method: "grade" }, "_count")).toBe(4);
}

it("HTTP-METRICS-1 tells them in the same order each time, to GET and HEAD, and not to pages of others", async () => {
  const world = new World();
  const application = world.application();
  await application.listen();
  const names = async (): Promise<string[]> => {
    const text = await (await fetch(`${application.url}/metrics`)).text();
    return text.split("\n").map((line) => line.slice(0, line.startsWith("#") ? undefined : line.lastIndexOf(" ")));
  };
  expect(await names()).toEqual(await names());
  expect(await (await fetch(`${application.url}/metrics`, { method: "HEAD" })).text()).toBe("");
  const refused = await fetch(`${application.url}/metrics`, { method: "POST" });
  expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  expect((await fetch(`${application.url}/metrics`, { headers: { origin: "https://evil.example" } })).status).toBe(403);
});
