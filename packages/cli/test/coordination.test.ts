import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Coordination, openCoordination } from "@skylark/coordination";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { exitCodes, run } from "../src/index.js";
import { type RecordedTerminal, recordedTerminal } from "./recorded-terminal.js";

const home = mkdtempSync(join(tmpdir(), "sky-"));
let store: Coordination;
let tests = 0;
let base = "/t";

beforeAll(async () => {
  store = await openCoordination({ home });
});
beforeEach(() => {
  base = `/t${++tests}`;
});
afterAll(async () => {
  await store.close();
  rmSync(home, { recursive: true, force: true });
});

interface Ended {
  readonly exitCode: number;
  readonly result: string;
  readonly remarks: string;
}

async function skyOn(terminal: RecordedTerminal, ...argv: string[]): Promise<Ended> {
  const exitCode = await run(["coordination", ...argv, "--home", home, "--timeout", "20s"], terminal);
  return { exitCode, result: terminal.result(), remarks: terminal.remarks() };
}

function sky(...argv: string[]): Promise<Ended> {
  return skyOn(recordedTerminal(), ...argv);
}

function json(text: string): unknown {
  return JSON.parse(text);
}

describe("sky coordination", () => {
  it("COORD-11.2 creates, gets, sets and deletes, each by the revision where one is named", async () => {
    const created = await sky("create", `${base}/a`, '{"title":"Grades"}', "--json");
    expect(created.exitCode).toBe(exitCodes.ok);
    const entry = json(created.result) as { revision: string };
    expect(entry).toMatchObject({ key: `${base}/a`, value: { title: "Grades" }, owner: null });
    expect((await sky("create", `${base}/a`, "1")).exitCode).toBe(exitCodes.failed);

    const got = await sky("get", `${base}/a`);
    expect(json(got.result)).toEqual({ title: "Grades" });
    expect(got.remarks).toContain(`revision ${entry.revision}`);

    const written = await sky("set", `${base}/a`, "2", "--revision", entry.revision);
    expect(written.exitCode).toBe(exitCodes.ok);
    const stale = await sky("set", `${base}/a`, "3", "--revision", entry.revision);
    expect(stale).toMatchObject({ exitCode: exitCodes.failed, remarks: expect.stringMatching(/aborted/) as string });
    expect((await sky("rm", `${base}/a`, "--revision", entry.revision)).exitCode).toBe(exitCodes.failed);
    expect(await sky("rm", `${base}/a`)).toMatchObject({ exitCode: exitCodes.ok, result: `deleted ${base}/a\n` });
    expect((await sky("rm", `${base}/a`)).exitCode).toBe(exitCodes.nothingFound);
    expect((await sky("get", `${base}/a`)).exitCode).toBe(exitCodes.nothingFound);
  });

  it("COORD-11.2 lists names with what stands at them, or every entry below", async () => {
    await store.create(`${base}/b/deep/er`, 1);
    await store.create(`${base}/a`, "text", { ephemeral: true });
    const names = json((await sky("ls", base, "--json")).result);
    expect(names).toMatchObject({
      path: base,
      names: [
        { name: "a", entry: { value: "text" } },
        { name: "b", entry: null },
      ],
    });
    expect((await sky("ls", base)).result).toMatch(/a +ephemeral +"text"\n *b +path/);
    const all = json((await sky("ls", "-r", base, "--json")).result) as { entries: { key: string }[] };
    expect(all.entries.map(({ key }) => key)).toEqual([`${base}/a`, `${base}/b/deep/er`]);
    expect((await sky("ls", `${base}/none`)).exitCode).toBe(exitCodes.nothingFound);
  });

  it("COORD-11.2 keeps an ephemeral entry until it is interrupted", async () => {
    const interrupt = new AbortController();
    const terminal = recordedTerminal({ interruption: () => interrupt.signal });
    const running = skyOn(terminal, "create", `${base}/e`, "1", "--ephemeral");
    await vi.waitUntil(async () => (await store.get(`${base}/e`))?.owner !== undefined, { timeout: 20_000 });
    interrupt.abort();
    expect((await running).exitCode).toBe(exitCodes.ok);
    expect(await store.get(`${base}/e`, { fresh: true })).toBeUndefined();
  });

  it("COORD-11.2 deletes a whole path only after it was said what goes", async () => {
    for (let n = 0; n < 70; n++) await store.create(`${base}/x/${n}`, n);
    expect(await sky("rm", "-r", `${base}/x`)).toMatchObject({ exitCode: exitCodes.usage });
    const asked: string[] = [];
    const answering = (answer: string): RecordedTerminal =>
      recordedTerminal({
        ask: async (question) => {
          asked.push(question);
          return answer;
        },
      });
    expect((await skyOn(answering("n"), "rm", "-r", `${base}/x`)).exitCode).toBe(exitCodes.failed);
    expect(asked[0]).toContain("70 entries stand at and below");
    expect(await store.list(`${base}/x`)).toHaveLength(70);
    expect((await skyOn(answering("y"), "rm", "-r", `${base}/x`)).exitCode).toBe(exitCodes.ok);
    expect(await store.list(`${base}/x`, { fresh: true })).toHaveLength(0);
    await store.create(`${base}/x/1`, 1);
    expect(json((await sky("rm", "-r", `${base}/x`, "--yes", "--json")).result)).toEqual({ deleted: [`${base}/x/1`] });
    expect((await sky("rm", "-r", `${base}/x`, "--revision", "1")).exitCode).toBe(exitCodes.usage);
  });

  it("COORD-11.2 watches: all there is, then each change", async () => {
    await store.create(`${base}/w/1`, 1);
    const interrupt = new AbortController();
    const terminal = recordedTerminal({ interruption: () => interrupt.signal });
    const running = skyOn(terminal, "watch", `${base}/w`, "--json");
    await vi.waitUntil(() => terminal.result().includes("snapshot"), { timeout: 20_000 });
    await store.put(`${base}/w/2`, 2);
    await store.delete(`${base}/w/1`);
    await vi.waitUntil(() => terminal.result().includes('"deleted"'), { timeout: 20_000 });
    interrupt.abort();
    expect((await running).exitCode).toBe(exitCodes.ok);
    const events = terminal.result().trim().split("\n").map(json);
    expect(events).toMatchObject([
      { kind: "snapshot", resync: false, entries: [{ key: `${base}/w/1`, value: 1 }] },
      { kind: "changes", changes: [{ kind: "put", entry: { key: `${base}/w/2`, value: 2 } }] },
      { kind: "changes", changes: [{ kind: "deleted", key: `${base}/w/1` }] },
    ]);
  });

  it("COORD-11.2 waits until the store has caught up", async () => {
    expect((await sky("sync")).result).toMatch(/^in step, after [\d.]+ ms\n$/);
  });

  it("COORD-11.3 refuses by name what an engine does not have", async () => {
    const refused = await sky("acl", "/skylark");
    expect(refused.exitCode).toBe(exitCodes.failed);
    expect(refused.remarks).toContain("unimplemented: the embedded store has no access lists");
    expect((await sky("acl", "/skylark", "--coordination", "etcd://127.0.0.1:1")).remarks).toContain("etcd has no");
  });

  it("refuses values that are no JSON, and keys that are none", async () => {
    const text = await sky("set", `${base}/a`, "Grades");
    expect(text).toMatchObject({ exitCode: exitCodes.usage, remarks: expect.stringContaining("not JSON") as string });
    expect((await sky("set", "no-slash", "1")).exitCode).toBe(exitCodes.failed);
    expect((await sky("get")).exitCode).toBe(exitCodes.usage);
  });
});

describe("sky coordination status", () => {
  it("COORD-9.6 shows the engine, its one member, and what is its own", async () => {
    const status = json((await sky("status", "--json")).result);
    expect(status).toMatchObject({
      engine: "embedded",
      members: [{ role: "leader" }],
      failuresTolerated: 0,
      sessionTtlMs: 10_000,
      facts: { pid: process.pid, epoch: 1, home },
      warnings: [],
    });
    expect((await sky("status")).result).toMatch(/engine +embedded/);
  });
});

describe("sky coordination export and import", () => {
  async function exported(...more: string[]): Promise<{ text: string; remarks: string; path: string }> {
    const { exitCode, result, remarks } = await sky("export", "--under", base, ...more);
    expect(exitCode).toBe(exitCodes.ok);
    const path = join(home, `export-${tests}-${more.length}.jsonl`);
    writeFileSync(path, result);
    return { text: result, remarks, path };
  }

  async function into(other: string, path: string, ...more: string[]): Promise<Ended> {
    const terminal = recordedTerminal();
    const argv = ["coordination", "import", path, "--home", other, "--json", "--timeout", "20s", ...more];
    return { exitCode: await run(argv, terminal), result: terminal.result(), remarks: terminal.remarks() };
  }

  it("COORD-11.2 moves lasting entries to another store, in batches, and again without harm", async () => {
    for (let n = 0; n < 150; n++) await store.create(`${base}/${n}`, { n });
    await store.create(`${base}/e`, 1, { ephemeral: true });
    const { path, remarks } = await exported();
    expect(remarks).toContain("150 entries exported; 1 ephemeral ones left out");
    const other = mkdtempSync(join(tmpdir(), "sky-"));
    try {
      const dry = await into(other, path, "--dry-run");
      expect(dry.exitCode).toBe(exitCodes.nothingFound); // no store there to compare with
      const moved = await into(other, path);
      expect(json(moved.result)).toMatchObject({ created: 150, overwritten: 0, same: 0, leftOut: 0, dryRun: false });
      await using target = await openCoordination({ home: other });
      expect(json((await into(other, path)).result)).toMatchObject({ created: 0, same: 150 });
      expect((await target.list(base)).map(({ value }) => value)).toHaveLength(150);
      await target.put(`${base}/7`, "changed");
      await target.delete(`${base}/8`);
      const refused = await into(other, path);
      expect(refused.exitCode).toBe(exitCodes.failed);
      expect(json(refused.remarks)).toMatchObject({
        error: { code: "already_exists", details: { keys: [`${base}/7`] } },
      });
      expect(await target.get(`${base}/8`, { fresh: true })).toBeUndefined();
      expect(json((await into(other, path, "--overwrite", "--dry-run")).result)).toMatchObject({
        created: 1,
        overwritten: 1,
        same: 148,
        dryRun: true,
      });
      expect((await target.get(`${base}/7`, { fresh: true }))?.value).toBe("changed");
      await into(other, path, "--overwrite");
      expect((await target.get(`${base}/7`, { fresh: true }))?.value).toEqual({ n: 7 });
      expect((await target.get(`${base}/8`, { fresh: true }))?.value).toEqual({ n: 8 });
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });

  it("takes ephemeral entries along only where asked, and never writes them", async () => {
    await store.create(`${base}/a`, 1);
    await store.create(`${base}/e`, 1, { ephemeral: true });
    const { path, text } = await exported("--ephemeral");
    expect(text.trim().split("\n")).toHaveLength(3);
    await store.delete(`${base}/e`);
    expect(json((await into(home, path)).result)).toMatchObject({ created: 0, same: 1, leftOut: 1 });
  });

  it("refuses a file that is none, or was cut short, before anything is written", async () => {
    await store.create(`${base}/a`, 1);
    const { text, path } = await exported();
    await store.delete(`${base}/a`);
    const files: [string, string][] = [
      [text.split("\n")[0] ?? "", "cut short"],
      ["{}\n", "no export"],
      [`${text}{"key":1}\n`, "line 3: no entry"],
      [`${text}{\n`, "line 3: not JSON"],
      [text.replace('"version":1', '"version":2'), "version 2"],
    ];
    for (const [content, says] of files) {
      writeFileSync(path, content);
      const refused = await into(home, path);
      expect(refused.exitCode).toBe(exitCodes.usage);
      expect(refused.remarks).toContain(says);
    }
    expect((await into(home, join(home, "none"))).exitCode).toBe(exitCodes.usage);
    expect(await store.get(`${base}/a`, { fresh: true })).toBeUndefined();
  });
});

describe("an embedded store that nobody hosts", () => {
  it("is hosted while the command runs, where there is one; none is made by looking", async () => {
    const other = mkdtempSync(join(tmpdir(), "sky-"));
    const look = async (): Promise<Ended> => {
      const terminal = recordedTerminal();
      const exitCode = await run(["coordination", "get", "/a", "--home", other, "--timeout", "20s"], terminal);
      return { exitCode, result: terminal.result(), remarks: terminal.remarks() };
    };
    try {
      expect((await look()).exitCode).toBe(exitCodes.nothingFound);
      const stopped = await openCoordination({ home: other });
      await stopped.put("/a", 1);
      await stopped.close();
      expect(await look()).toMatchObject({ exitCode: exitCodes.ok, result: "1\n" });
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });
});
