import { describe, expect, it } from "vitest";
import { clientLayers } from "../src/client/stack.js";
import { serverLayers } from "../src/server/stack.js";

describe("the ways of a call", () => {
  it("lead through these layers, outermost first, each with its reason", () => {
    expect(clientLayers.map(({ name }) => name)).toEqual(["deadline", "cancellation", "retry", "balance"]);
    expect(serverLayers.map(({ name }) => name)).toEqual(["ambient", "validate output", "validate input"]);
    for (const { because } of [...clientLayers, ...serverLayers]) expect(because.length).toBeGreaterThan(20);
  });
});
