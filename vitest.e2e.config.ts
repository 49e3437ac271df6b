import { defineConfig } from "vitest/config";

/**
 * End-to-end tests start real processes of what `tsc -b` built, so packages resolve as they do for a user. One file at a
 * time: they kill, freeze and load processes, and two cores are all that may be there.
 */
export default defineConfig({
  test: {
    name: "e2e",
    include: ["e2e/**/*.test.ts", "examples/*/test/**/*.test.ts", "bench/test/**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    setupFiles: ["e2e/support/own-connections.ts"],
    // against a standstill, and no check: a machine that does five other things as well stays far below them
    testTimeout: 300_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    expect: { poll: { timeout: 60_000, interval: 20 } },
  },
});
