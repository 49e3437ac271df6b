import { createColors } from "picocolors";
import { describe, expect, it } from "vitest";
import { type Column, tableText } from "../src/output/table.js";

interface Planet {
  readonly name: string;
  readonly moons: number;
  readonly ring?: string;
}

const planets: readonly Planet[] = [
  { name: "mars", moons: 2 },
  { name: "saturn", moons: 146, ring: "wide" },
];
const columns: readonly Column<Planet>[] = [
  { head: "name", text: ({ name }) => name },
  { head: "moons", text: ({ moons }) => String(moons) },
  { head: "ring", minor: true, text: ({ ring }) => ring ?? "" },
  { head: "nothing", text: () => "" },
];
const colours = createColors(false);

describe("a table", () => {
  it("has a head and a line for each row, and leaves out columns that are empty throughout", () => {
    expect(tableText(planets, columns, { columns: undefined, colours })).toBe(
      ["NAME    MOONS  RING", "mars    2", "saturn  146    wide", ""].join("\n"),
    );
  });

  it("leaves out minor columns where the terminal is too narrow for them", () => {
    expect(tableText(planets, columns, { columns: 19, colours })).toContain("RING");
    expect(tableText(planets, columns, { columns: 18, colours })).toBe(
      ["NAME    MOONS", "mars    2", "saturn  146", ""].join("\n"),
    );
  });

  it("writes rows one below the other, whole, where the terminal is narrower still", () => {
    expect(tableText(planets, columns, { columns: 12, colours })).toBe(
      ["mars", "  moons  2", "", "saturn", "  moons  146", "  ring   wide", ""].join("\n"),
    );
  });

  it("counts letters, not the codes that colour them", () => {
    const coloured = createColors(true);
    const painted = columns.map((column) => ({ ...column, paint: coloured.green }));
    const text = tableText(planets, painted, { columns: 19, colours: coloured });
    expect(text).toContain("RING");
    expect(text).toContain("\u001b[32msaturn\u001b[39m");
  });

  it("lets nothing that others wrote move the cursor", () => {
    const text = tableText([{ name: "a\u001b[2J\nb\u009b", moons: 0 }], columns, { columns: undefined, colours });
    expect(text).toBe("NAME      MOONS\na [2J b   0\n");
  });
});
