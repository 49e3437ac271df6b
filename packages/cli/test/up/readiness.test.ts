import { createServer, type Server } from "node:http";
import { systemClock } from "@skylark/core/internal";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Listing, readyAt } from "../../src/up/readiness.js";
import type { ReadyPlan } from "../../src/up/system-plan.js";
import { TestProcess } from "./launched.js";

let server: Server;
let origin = "";
let statuses: number[];
let process: TestProcess;
let waited: string[];

beforeEach(async () => {
  statuses = [];
  waited = [];
  process = new TestProcess(1, () => {});
  server = createServer((request, response) => {
    response.writeHead(request.url === "/healthz" ? (statuses.shift() ?? 200) : 404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const nobodyListed: Listing = { listed: () => new Promise(() => {}) };

function ready(
  plan: Partial<ReadyPlan>,
  listing = nobodyListed,
  signal = new AbortController().signal,
): Promise<string | undefined> {
  const whole = {
    message: false,
    url: undefined,
    service: undefined,
    otherwise: "life" as const,
    withinMs: 20_000,
    ...plan,
  };
  return readyAt(process, whole, { clock: systemClock, listing, waiting: (what) => waited.push(what) }, signal);
}

it("is when the URL answers with less than 500, whatever it answered before", async () => {
  statuses = [500, 503];
  expect(await ready({ url: `${origin}/healthz` })).toBe(origin);
  expect(statuses).toEqual([]);
  expect(await ready({ url: `${origin}/elsewhere` })).toBe(origin);
});

it("is not while nobody answers, and says so when it is late", async () => {
  const url = "http://127.0.0.1:1/healthz";
  await expect(ready({ url, withinMs: 4000 })).rejects.toThrow(
    `was not ready within 4 s: it waited for ${url}, which refused the connection`,
  );
});

it("is asked for where it says that it is reached", async () => {
  process.isReady(origin);
  expect(await ready({ message: true, url: "/healthz" })).toBe(origin);
  expect(waited).toEqual(["its start", "its word that it is ready", `${origin}/healthz`]);
});

it("fails where it says nothing that can be asked", async () => {
  process.isReady("over there");
  await expect(ready({ message: true, url: "/healthz" })).rejects.toThrow('"over there", which is no URL');
});

it("is when coordination lists it", async () => {
  const listing: Listing = { listed: async (service) => `tcp://${service}` };
  expect(await ready({ service: "log" }, listing)).toBe("tcp://log");
  expect(waited.at(-1)).toBe('an instance of "log" to be listed');
});

it("is, with nothing to ask for, to have lived half a second", async () => {
  const before = performance.now();
  expect(await ready({})).toBeUndefined();
  expect(performance.now() - before).toBeGreaterThan(400);
});

it("never comes to one that ends, or is not waited for any more", async () => {
  const waiting = ready({ message: true });
  process.ends("SIGSEGV");
  await expect(waiting).rejects.toMatchObject({
    code: "unavailable",
    message: "ended by SIGSEGV before it was ready",
  });
  const given = new AbortController();
  process = new TestProcess(2, () => {});
  const stopped = ready({ message: true }, nobodyListed, given.signal);
  given.abort();
  await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
});

it("is never, of what runs once, before it has ended", async () => {
  const waiting = ready({ otherwise: "end" });
  await new Promise((resolve) => setImmediate(resolve));
  expect(waited.at(-1)).toBe("its end");
  process.ends(0);
  await expect(waiting).rejects.toMatchObject({ code: "unavailable" });
});
