import { runRegisters } from "@skylark/testkit";
import { describe, expect, it } from "vitest";
import { embeddedRegisters } from "./support/engines/embedded.js";
import { etcdRegisters } from "./support/engines/etcd.js";
import type { RegisterEngine } from "./support/engines/register-engine.js";
import { zooKeeperRegisters } from "./support/engines/zookeeper.js";
import { report, trials } from "./support/until.js";

interface Row {
  readonly engine: string;
  readonly start: () => Promise<RegisterEngine>;
  /** Runs without `--full`: fewer where each fault takes seconds. */
  readonly shortRuns: number;
  /** The engine's own fresh reads may be late for a moment; they are counted, and fail nothing. */
  readonly lateReads: "none" | "counted";
}

/** One line for each engine. */
const engines: readonly Row[] = [
  { engine: "embedded", start: embeddedRegisters, shortRuns: 3, lateReads: "none" },
  { engine: "etcd", start: etcdRegisters, shortRuns: 1, lateReads: "none" },
  { engine: "zookeeper", start: zooKeeperRegisters, shortRuns: 1, lateReads: "counted" },
];

const clients = 10;
const operations = 1000;
const strikes = trials(5, 3);

describe("registers with compare-and-set under faults", () => {
  it.each(engines)(
    "COORD-1.2 COORD-1.4 COORD-1.5 COORD-1.11 COORD-5.3 are linearizable on $engine: no write is lost, none done twice",
    async ({ engine, start, shortRuns, lateReads }) => {
      await using store = await start();
      const firstSeed = Number(process.env["SKYLARK_SEED"] ?? 1);
      const runs = trials(50, shortRuns);
      let unknown = 0;
      let lateCount = 0;
      for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
        const run = await runRegisters({
          open: () => store.open(),
          clients,
          operations,
          seed,
          strikes,
          faults: store.faults,
          withinMs: trials(120_000, 600_000),
        });
        const late = run.findings.filter(({ kind }) => kind === "stale read" && lateReads === "counted");
        lateCount += late.length;
        unknown += run.unknown;
        report(`registers on ${engine}`, { ...run, findings: run.findings.map(({ kind }) => kind) });
        expect(run.findings.filter((each) => !late.includes(each)).map(({ text }) => text)).toEqual([]);
      }
      report(`linearizability on ${engine}`, {
        topology: `${store.topology}, ${clients} clients`,
        seeds: [firstSeed, firstSeed + runs - 1],
        operations: runs * operations,
        strikes: runs * strikes,
        unknown,
        lateReads: lateCount,
      });
      if (process.env["SKYLARK_FULL"] === "1") expect(unknown).toBeGreaterThan(0); // else no fault has met a write
    },
    1_800_000,
  );
});
