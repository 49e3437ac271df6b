import {
  type CoordinationFixture,
  openEmbeddedFixture,
  openEtcdFixture,
  openZooKeeperFixture,
  runWatchIntegrity,
} from "@skylark/testkit";
import { describe, expect, it } from "vitest";
import { report, trials } from "./support/until.js";

interface Row {
  readonly engine: string;
  readonly open: () => Promise<CoordinationFixture>;
  /** Runs without `--full`: fewer where sessions take seconds to expire. */
  readonly shortRuns: number;
}

/** One line for each engine. */
const engines: readonly Row[] = [
  { engine: "embedded", open: openEmbeddedFixture, shortRuns: 3 },
  { engine: "etcd", open: () => openEtcdFixture(3), shortRuns: 1 },
  { engine: "zookeeper", open: () => openZooKeeperFixture(3), shortRuns: 1 },
];

const registrations = trials(1000, 500);

describe("watches under faults", () => {
  it.each(engines)(
    "COORD-3.3 COORD-3.4 COORD-3.5 COORD-3.6 COORD-3.8 show nothing by half on $engine, and in the end what is there",
    async ({ engine, open, shortRuns }) => {
      const fixture = await open();
      const firstSeed = Number(process.env["SKYLARK_SEED"] ?? 1);
      const runs = trials(100, shortRuns);
      let slowestMs = 0;
      try {
        for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
          const run = await runWatchIntegrity({ fixture, seed, registrations, disturbances: trials(8, 5) });
          const { broken, differences, ...figures } = run;
          report(`watches on ${engine}`, { ...figures, broken: broken.length, differences: differences.length });
          expect({ seed, broken, differences }).toEqual({ seed, broken: [], differences: [] });
          slowestMs = Math.max(slowestMs, run.settledMs);
        }
      } finally {
        await fixture.dispose();
      }
      report(`watch integrity on ${engine}`, {
        ttlMs: fixture.ttlMs,
        topology: "5 sessions write, 3 watch",
        seeds: [firstSeed, firstSeed + runs - 1],
        registrations: runs * registrations,
        slowestSettledMs: slowestMs,
      });
      if (process.env["SKYLARK_FULL"] === "1") expect(slowestMs).toBeLessThan(2000);
    },
    3_600_000,
  );
});
