import { describe, expect, it } from "vitest";
import { connectPatienceMs } from "../../src/session/connect-patience.js";

describe("the patience with one server", () => {
  it.each([
    [6000, 3, 2000],
    [6000, 100, 500],
    [60_000, 3, 4000],
  ])("is, of %i ms and with %i servers, %i ms", (sessionTimeoutMs, servers, patienceMs) => {
    expect(connectPatienceMs(sessionTimeoutMs, servers)).toBe(patienceMs);
  });
});
