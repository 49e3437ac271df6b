import { readFileSync } from "node:fs";
import { errorCodeOf, errorCodes, errorReasons } from "@skylark/core";
import { describe, expect, it } from "vitest";

const page = readFileSync(new URL("../../../docs/reference/errors.md", import.meta.url), "utf8");

/** The rows below a heading of the page, as cells without their code marks. */
function tableBelow(heading: string): string[][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows
    .slice(2)
    .map((row) => row.split("|").map((cell) => cell.trim().replaceAll("`", "")))
    .map((cells) => cells.slice(1, -1));
}

describe("error codes", () => {
  it("are read back from the number that travels", () => {
    for (const [name, number] of Object.entries(errorCodes)) expect(errorCodeOf(number)).toBe(name);
  });

  it.each([0, 17, -1, 1.5, Number.NaN])("RPC-8.4 read %d, which no code has, as unknown", (number) => {
    expect(errorCodeOf(number)).toBe("unknown");
  });

  it("are numbered from 1 without a gap, as gRPC numbers them", () => {
    expect(Object.values(errorCodes)).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
  });

  it("RPC-8.5 stand in the reference with the same names and numbers, and no others", () => {
    const listed = tableBelow("Codes").map(([name = "", number]) => [name, Number(number)]);
    expect(listed).toEqual(Object.entries(errorCodes));
  });

  it("RPC-8.5 have their reasons in the reference, and no others", () => {
    expect(tableBelow("Reasons").map(([name]) => name)).toEqual([...errorReasons]);
  });

  it("belong to each reason of the reference", () => {
    for (const [, codes = ""] of tableBelow("Reasons")) {
      for (const code of codes.split(", ")) expect(errorCodes).toHaveProperty(code);
    }
  });
});
