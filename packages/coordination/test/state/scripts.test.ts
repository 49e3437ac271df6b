import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { play } from "./script.js";

const folder = new URL("./scripts/", import.meta.url);

/**
 * Each script holds commands and the answers they must get; reading one is reading the rules of the store: COORD-1.5,
 * COORD-1.6, COORD-1.7, COORD-1.9, COORD-1.10, COORD-2.3, COORD-2.4, COORD-2.5, COORD-2.6, COORD-3.1, COORD-3.3.
 */
describe("the store answers as its scripts say", () => {
  it.each(readdirSync(folder))("%s", (name) => {
    const script = readFileSync(new URL(name, folder), "utf8");
    expect(play(script)).toBe(script);
  });
});
