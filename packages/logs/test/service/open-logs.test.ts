import { type LogPage, Logs, openLogs } from "@skylark/logs";
import { connect } from "skylark";
import { describe, expect, it } from "vitest";
import { batchLinesMax } from "../../src/contract.js";
import { lines, range, source } from "../support/kept.js";
import { System } from "../support/system.js";

describe("the log service", () => {
  it("OPS-4.1 keeps what is appended, and answers searches and followers over the network", async () => {
    const system = new System();
    const service = await system.logs();
    const logs = await connect(Logs, { application: system.application("reader"), readyWithinMs: 30_000 });
    expect(await logs.append({ ...source, lines: lines(1, 10) })).toEqual({ kept: 10, repeated: 0 });
    expect(await logs.append({ ...source, lines: lines(6, 12, { level: "error" }) })).toEqual({ kept: 2, repeated: 5 });
    expect(service.lines).toBe(12);
    const found: number[] = [];
    for await (const page of logs.read({ level: "error" })) found.push(...page.lines.map(({ sequence }) => sequence));
    expect(found).toEqual([11, 12]);
    const follower = logs.read({ last: 2, follow: true });
    const past = (await follower.next()).value as LogPage;
    expect(past).toMatchObject({ lines: [{ sequence: 11 }, { sequence: 12 }], caughtUp: true });
    const soon = follower.next();
    await logs.append({ ...source, lines: lines(13, 13, { fields: { user: 7 } }) });
    expect((await soon).value).toMatchObject({
      lines: [{ ...source, sequence: 13, fields: { user: 7 } }],
      caughtUp: false,
    });
    await follower.return();
  });

  it("ends its followers when it leaves, who go on where they were once it is back", async () => {
    const system = new System();
    const first = await system.logs();
    const logs = await connect(Logs, { application: system.application("reader"), readyWithinMs: 30_000 });
    await logs.append({ ...source, lines: lines(1, 5) });
    const follower = logs.read({ follow: true });
    const { position } = (await follower.next()).value as LogPage;
    const over = follower.next();
    await Promise.all([expect(over).rejects.toMatchObject({ code: "unavailable" }), first.close()]);
    await system.logs();
    await logs.append({ ...source, lines: lines(1, 8) });
    const resumed = logs.read({ from: position, follow: true });
    expect(((await resumed.next()).value as LogPage).lines.map(({ sequence }) => sequence)).toEqual([6, 7, 8]);
    await resumed.return();
  });

  it("holds back what a reader does not take", async () => {
    const system = new System();
    await system.logs();
    const logs = await connect(Logs, { application: system.application("reader"), readyWithinMs: 30_000 });
    const message = "x".repeat(10_000);
    for (let first = 1; first <= 5000; first += 100)
      await logs.append({ ...source, lines: lines(first, first + 99, { message }) });
    const before = process.memoryUsage().arrayBuffers;
    const reader = logs.read({});
    const seen = [((await reader.next()).value as LogPage).lines.length];
    for (const _ of range(1, 50)) await logs.append({ ...source, lines: [] }); // meanwhile, what could pile up does
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000); // of 50 MB that wait
    for await (const page of reader) seen.push(page.lines.length);
    expect(seen.reduce((sum, count) => sum + count, 0)).toBe(5000);
  });

  it("names what is wrong in a batch or a query, and keeps nothing of it", async () => {
    const system = new System();
    const service = await system.logs();
    const logs = await connect(Logs, { application: system.application("reader"), readyWithinMs: 30_000 });
    const [line] = lines(1, 1);
    const wrong = [
      { ...source, lines: [{ ...line, time: "yesterday" }] },
      { ...source, lines: [{ ...line, sequence: 0 }] },
      { ...source, lines: [{ ...line, sequence: 1.5 }] },
      { ...source, lines: [{ ...line, sequence: Number.MAX_SAFE_INTEGER + 2 }] },
      { ...source, lines: [{ ...line, level: "loud" }] },
      { ...source, lines: [{ ...line, message: 7 }] },
      { ...source, lines: [{ ...line, fields: "none" }] },
      { ...source, lines: [line, { ...line, sequence: -1 }] },
      { ...source, instance: "", lines: [line] },
      { ...source, origin: "o".repeat(129), lines: [line] },
      { ...source, lines: lines(1, batchLinesMax + 1) },
    ];
    for (const batch of wrong) {
      await expect(logs.append(batch as never)).rejects.toMatchObject({
        code: "invalid_argument",
        reason: "VALIDATION",
      });
    }
    const queries = [
      { since: "1h" },
      { level: "loud" },
      { limit: -1 },
      { follow: true, until: line?.time },
      { follow: true, order: "newest" },
    ];
    for (const query of queries) {
      await expect(logs.read(query as never).next()).rejects.toMatchObject({ code: "invalid_argument" });
    }
    expect(service.lines).toBe(0);
    expect(await logs.append({ ...source, lines: [] })).toEqual({ kept: 0, repeated: 0 });
    expect(await logs.append({ ...source, lines: lines(1, batchLinesMax) })).toMatchObject({ kept: batchLinesMax });
  });

  it("DEMO-1.4 appends what is posted to /log on its port, naming its origin, beside what its methods take by HTTP", async () => {
    const system = new System();
    const service = await system.logs();
    const post = (body: string, path = "", headers = {}): Promise<Response> =>
      fetch(`${service.url}${path}`, { method: "POST", body, headers });
    expect((await post("one\ntwo", "?origin=reporter")).status).toBe(204);
    expect((await post("three", "", { "X-Request-Id": "r-7" })).status).toBe(204);
    const typed = JSON.stringify({ ...source, lines: lines(1, 1) });
    const appended = await post(typed, "/append", { "Content-Type": "application/json" });
    expect(await appended.json()).toEqual({ kept: 1, repeated: 0 });
    const refused = await fetch(service.url ?? "");
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "POST"]);
    expect((await post("x", "", { Origin: "http://elsewhere.example" })).status).toBe(403);
    await service.close();
    const kept = (await system.kept()).map(({ origin, message, request }) => ({ origin, message, request }));
    expect(kept).toEqual([
      { origin: "reporter", message: "one", request: undefined },
      { origin: "reporter", message: "two", request: undefined },
      { origin: "127.0.0.1", message: "three", request: "r-7" },
      { origin: "grading", message: "line 1", request: undefined },
    ]);
  });

  it("answers calls alone where HTTP is switched off", async () => {
    const system = new System();
    const application = system.application("log", { http: false });
    const service = await openLogs({ application, folder: system.folder });
    expect(service.url).toBeUndefined();
    const logs = await connect(Logs, { application: system.application("sender"), readyWithinMs: 30_000 });
    expect(await logs.append({ ...source, lines: lines(1, 3) })).toMatchObject({ kept: 3 });
  });

  it("refuses a folder that another log service has, by name, and lists nothing then", async () => {
    const system = new System();
    await system.logs();
    const second = system.application("second");
    await expect(openLogs({ application: second, folder: system.folder })).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringMatching(
        /^process \d+ keeps its log in .* already: end it, or give this one a folder of its own$/,
      ),
    });
    expect(second.served).toEqual([]);
  });

  it("closes with its application, and its folder is free then", async () => {
    const system = new System();
    const application = system.application("log");
    const service = await openLogs({ application, folder: system.folder });
    const logs = await connect(Logs, { application: system.application("sender"), readyWithinMs: 30_000 });
    await logs.append({ ...source, lines: lines(1, 3) });
    await application.close();
    expect((await system.kept()).map(({ sequence }) => sequence)).toEqual(range(1, 3));
    await service.close();
  });
});
