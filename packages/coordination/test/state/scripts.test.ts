import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { play } from "./script.js";

const folder = new URL("./scripts/", import.meta.url);

/** Each script holds commands and the answers they must get; reading one is reading the rules of the store. */
describe("the store answers as its scripts say", () => {
  for (const name of readdirSync(folder)) {
    it(name.replace(".txt", "").replaceAll("-", " "), () => {
      const script = readFileSync(new URL(name, folder), "utf8");
      expect(play(script)).toBe(script);
    });
  }
});
