import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const sourceCondition = "skylark-source";
const sourceInThreads = new URL("./scripts/source-in-threads.mjs", import.meta.url).href;
const contracts = "packages/*/test/**/*contract*.test.ts";

/** Tests run from source: `exports` of every package name a condition that resolves to `src`. */
export default defineConfig({
  resolve: { conditions: [sourceCondition] },
  ssr: { resolve: { conditions: [sourceCondition, "node"] } },
  test: {
    pool: "forks",
    // tests wait more than they compute; left to itself, vitest gives a machine of two cores one file at a time
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // worker threads and child processes of a test find the sources the same way
    execArgv: [`--conditions=${sourceCondition}`, "--import", "tsx", "--import", sourceInThreads],
    restoreMocks: true,
    // against a standstill, and no check: a machine that does five other things as well stays far below them
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000, interval: 10 } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/*/test/**/*.test.ts", "scripts/test/**/*.test.ts"],
          exclude: [contracts],
        },
      },
      { extends: true, test: { name: "contract", include: [contracts] } },
    ],
  },
});
