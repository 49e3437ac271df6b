import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCoordination } from "@skylark/coordination";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exitCodes, run } from "../src/index.js";
import { recordedTerminal } from "./recorded-terminal.js";

describe("sky coordination repair", () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "sky-repair-"));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  async function repair(...more: string[]): Promise<{ exitCode: number; result: string; remarks: string }> {
    const terminal = recordedTerminal();
    const exitCode = await run(["coordination", "repair", "--home", home, "--json", ...more], terminal);
    return { exitCode, result: terminal.result(), remarks: terminal.remarks() };
  }

  it("COORD-1.16 keeps what precedes the damage, and says what was moved aside", async () => {
    const store = await openCoordination({ home });
    await store.create("/kept", "before");
    await store.create("/lost", "after");
    expect((await repair()).remarks).toContain("hosts the store");
    await store.close();
    const journal = readdirSync(join(home, "store-v1")).find((name) => name.startsWith("journal-")) as string;
    const path = join(home, "store-v1", journal);
    writeFileSync(path, readFileSync(path, "utf8").replace('"after"', '"aftre"'));
    const { exitCode, result } = await repair();
    expect(exitCode).toBe(exitCodes.ok);
    expect(JSON.parse(result)).toMatchObject({ kind: "repaired", movedAside: [expect.stringContaining(journal)] });
    await using repaired = await openCoordination({ home });
    expect((await repaired.get("/kept"))?.value).toBe("before");
    expect(await repaired.get("/lost")).toBeUndefined();
  });

  it("changes nothing where nothing is wrong, and leaves other stores alone", async () => {
    expect(JSON.parse((await repair()).result)).toEqual({ kind: "sound" });
    const { exitCode, remarks } = await repair("--coordination", "etcd://127.0.0.1:1");
    expect(exitCode).toBe(exitCodes.usage);
    expect(remarks).toContain("not ours to repair");
  });
});
