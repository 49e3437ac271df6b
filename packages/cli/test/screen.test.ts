import { expect, it } from "vitest";
import { clipped, Screen } from "../src/output/screen.js";
import { type RecordedTerminal, recordedTerminal } from "./recorded-terminal.js";

const noon = new Date(2026, 0, 2, 12, 0, 1);

function drawn(show: (screen: Screen) => void, size: { columns?: number; rows?: number } = {}): RecordedTerminal {
  const terminal = recordedTerminal(size);
  using screen = new Screen(terminal);
  show(screen);
  return terminal;
}

it("prints one text below the other where nobody looks at a screen", () => {
  const terminal = drawn((screen) => {
    screen.show("one\n", noon);
    screen.note("away");
    screen.show("two\n", noon);
  });
  expect(terminal.result()).toBe("── 12:00:01 ──\none\n── 12:00:01 ──\ntwo\n");
  expect(terminal.remarks()).toBe("away\n");
});

it("draws over what it drew before, without clearing, and leaves the last on the terminal", () => {
  const terminal = drawn(
    (screen) => {
      screen.show("one\nmore\n", noon);
      screen.show("two\n", noon);
      screen.note("away");
    },
    { columns: 40, rows: 10 },
  );
  const frames = terminal.result().split("\u001b[H");
  expect(frames).toHaveLength(4);
  expect(frames[0]).toBe("\u001b[?1049h\u001b[?25l");
  expect(frames[1]).toBe("one\u001b[K\nmore\u001b[K\n\u001b[J");
  expect(frames[2]).toBe("two\u001b[K\n\u001b[J");
  expect(frames[3]).toBe("two\u001b[K\n\u001b[K\naway\u001b[K\n\u001b[J\u001b[?25h\u001b[?1049ltwo\n");
});

it("never draws more than fits, and says how much is left", () => {
  const text = Array.from({ length: 20 }, (_, index) => `${index} ${"x".repeat(20)}\n`).join("");
  const frame =
    drawn((screen) => screen.show(text, noon), { columns: 10, rows: 6 })
      .result()
      .split("\u001b[H")[1] ?? "";
  const lines = frame.split("\u001b[?25h")[0]?.split("\u001b[K\n") ?? [];
  expect(lines.slice(0, -1)).toEqual(["0 xxxxxxxx", "1 xxxxxxxx", "2 xxxxxxxx", "3 xxxxxxxx", "… 16 more "]);
});

it("ends by q, Escape or Ctrl-C, which comes as a key there", () => {
  for (const key of ["q", "\u0003", "\u001b"]) {
    const keys: ((key: string) => void)[] = [];
    const terminal = {
      ...recordedTerminal({ columns: 40 }),
      onKey: (listener: (key: string) => void) => {
        keys.push(listener);
        return () => void keys.pop();
      },
    };
    const screen = new Screen(terminal);
    keys[0]?.("x");
    expect(screen.ended.aborted).toBe(false);
    keys[0]?.(key);
    expect(screen.ended.aborted).toBe(true);
    screen[Symbol.dispose]();
    expect(keys).toEqual([]);
  }
});

it("cuts a line by its letters, and keeps its colours", () => {
  expect(clipped("\u001b[31mred\u001b[39m and more", 5)).toBe("\u001b[31mred\u001b[39m a");
  expect(clipped("\u001b[31mred and more\u001b[39m", 3)).toBe("\u001b[31mred\u001b[39m");
  expect(clipped("short", 10)).toBe("short");
});
