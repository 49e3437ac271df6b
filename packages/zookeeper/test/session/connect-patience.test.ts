import { describe, expect, it } from "vitest";
import { connectPatienceMs } from "../../src/session/connect-patience.js";

describe("the patience with one server", () => {
  it.each([
    [6000, 3, 0, 2000],
    [6000, 100, 0, 500],
    [60_000, 3, 0, 4000],
    [4000, 5, 0, 800],
    [4000, 5, 2, 3200],
    [4000, 5, 1000, 8000],
  ])(
    "is, of %i ms, with %i servers, after %i silent rounds, %i ms",
    (sessionTimeoutMs, servers, rounds, patienceMs) => {
      expect(connectPatienceMs(sessionTimeoutMs, servers, rounds)).toBe(patienceMs);
    },
  );
});
