import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { balancers } from "@skylark/balance";
import { loadSettings, type Setting } from "skylark";
import { type RuntimeSettings, runtimeSettings } from "skylark/internal";
import { describe, expect, expectTypeOf, it } from "vitest";

const page = readFileSync(fileURLToPath(new URL("../../../docs/reference/settings.md", import.meta.url)), "utf8");

/** The rows between the table's head and the next empty line, as cells. */
function tableRows(): string[][] {
  const lines = page.split("\n");
  const head = lines.findIndex((line) => line.startsWith("| Setting "));
  const end = lines.indexOf("", head);
  return lines.slice(head + 2, end).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function defaultInWords({ fallback }: Setting<unknown>): string {
  if (fallback.kind !== "default") return "none";
  const { value } = fallback;
  const isEmpty = value === "" || (Array.isArray(value) && value.length === 0);
  return isEmpty ? "empty" : `\`${String(value)}\``;
}

const fields: Readonly<Record<string, Setting<unknown>>> = runtimeSettings.fields;

describe("the reference page of the framework's own settings", () => {
  it("CONF-2.1 CONF-2.3 has one row for each of them, in the same order, and says the same", () => {
    expect(tableRows()).toEqual(
      Object.entries(fields).map(([key, field]) => [
        `\`${key}\``,
        `\`${field.env}\``,
        `\`--${field.flag}\``,
        defaultInWords(field),
        field.allowed.replaceAll("|", "\\|"),
        field.describe,
      ]),
    );
  });
});

describe("the framework's own settings", () => {
  it("CONF-2.3 are read from variables and flags that their keys foretell", () => {
    for (const [key, { env, flag }] of Object.entries(fields)) {
      const words = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      expect(env).toBe(`SKYLARK_${words.toUpperCase()}`);
      expect(flag).toBe(`skylark-${words.replaceAll("_", "-")}`);
    }
  });

  it("say what they are for, and hold without anything being given", () => {
    for (const { describe } of Object.values(fields)) expect(describe).toMatch(/^[A-Z].*\.$/);
    const { values } = loadSettings(runtimeSettings, { env: {}, argv: [], folder: import.meta.dirname });
    expectTypeOf(values).toEqualTypeOf<RuntimeSettings>();
    expect(values).toMatchObject({ coordination: "embedded", port: 0, timeoutMs: 5000, home: undefined, tags: [] });
  });

  it("name every balancer there is", () => {
    for (const name of Object.keys(balancers)) expect(fields["balancer"]?.readText(name).kind).toBe("value");
    expect(fields["balancer"]?.readText("nearest").kind).toBe("refused");
  });

  it("refuse what cannot be meant", () => {
    const wrong: Record<string, string> = {
      coordination: "mysql://host",
      cluster: "a/b",
      home: "",
      host: "two hosts",
      port: "65536",
      zone: "eu west",
      sessionTtlMs: "100ms",
      timeoutMs: "0",
      logLevel: "loud",
      weight: "-1",
    };
    for (const [key, text] of Object.entries(wrong))
      expect([key, fields[key]?.readText(text).kind]).toEqual([key, "refused"]);
  });
});
