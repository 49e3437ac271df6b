import { Console } from "node:console";
import { Writable } from "node:stream";
import { format } from "node:util";
import { describe, expect, it } from "vitest";
import { captureConsole } from "../../src/redirect/console-capture.js";

/** A console like the process's own, and what it printed. */
function ownConsole(): { console: Console; printed: string[] } {
  const printed: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      printed.push(chunk.toString());
      done();
    },
  });
  return { console: new Console({ stdout: stream, stderr: stream }), printed };
}

const names = ["log", "info", "warn", "error", "debug", "trace"] as const;

describe("a console that is listened to", () => {
  it("OPS-4.3 is heard with its level and the text it prints, and still prints", () => {
    const { console, printed } = ownConsole();
    const heard: string[][] = [];
    captureConsole(console, (level, message) => heard.push([level, message]), { echo: true });
    console.log("hello %s, %d of %o", "world", 7, { a: 1 }, [1, 2]);
    console.info(new Error("no").message);
    console.warn();
    console.error("\u001b[31mred\u001b[0m");
    console.debug({ deep: { deeper: { deepest: {} } } });
    expect(heard).toEqual([
      ["info", "hello world, 7 of { a: 1 } [ 1, 2 ]"],
      ["info", "no"],
      ["warn", ""],
      ["error", "\u001b[31mred\u001b[0m"],
      ["debug", format({ deep: { deeper: { deepest: {} } } })],
    ]);
    expect(printed).toEqual(heard.map(([, message]) => `${message}\n`));
  });

  it("is heard by way of others that print through it", () => {
    const { console } = ownConsole();
    const heard: string[][] = [];
    captureConsole(console, (level, message) => heard.push([level, message]), { echo: false });
    console.assert(false, "must hold");
    console.count("times");
    console.table([{ a: 1 }]);
    expect(heard.map(([level]) => level)).toEqual(["warn", "info", "info"]);
    expect(heard[0]?.[1]).toBe("Assertion failed: must hold");
  });

  it("gives the place of a trace, as it prints it", () => {
    const { console, printed } = ownConsole();
    const heard: string[] = [];
    captureConsole(console, (_level, message) => heard.push(message), { echo: true });
    console.trace("here %d", 7);
    expect(heard).toEqual([expect.stringMatching(/^Trace: here 7\n {4}at .*console-capture\.test\.ts/)]);
    expect(printed).toEqual([`${heard[0]}\n`]);
  });

  it("prints nothing where it shall not", () => {
    const { console, printed } = ownConsole();
    captureConsole(console, () => {}, { echo: false });
    for (const name of names) console[name]("words");
    expect(printed).toEqual([]);
  });

  it("fails where it always failed, and nowhere else", () => {
    const { console } = ownConsole();
    const heard: string[] = [];
    captureConsole(console, (_level, message) => heard.push(message), { echo: false });
    const unspeakable = {
      [Symbol.for("nodejs.util.inspect.custom")]() {
        throw new Error("do not look");
      },
    };
    console.log(unspeakable);
    expect(heard).toEqual(["(words that cannot be formatted)"]);
  });

  it("OPS-4.3 is afterwards exactly what it was", () => {
    const { console, printed } = ownConsole();
    const before = Object.getOwnPropertyDescriptors(console);
    const release = captureConsole(console, () => {}, { echo: false });
    expect(console.log).not.toBe(before.log.value);
    release();
    expect(Object.getOwnPropertyDescriptors(console)).toEqual(before);
    for (const name of names) expect(console[name]).toBe(before[name].value);
    console.log("again");
    expect(printed).toEqual(["again\n"]);
  });

  it("keeps what somebody put above it meanwhile, and only passes on from then", () => {
    const { console, printed } = ownConsole();
    const heard: string[] = [];
    const release = captureConsole(console, (_level, message) => heard.push(message), { echo: false });
    const below = console.log;
    const above = (...words: unknown[]): void => below("above:", ...words);
    console.log = above;
    release();
    expect(console.log).toBe(above);
    console.log("words");
    expect(heard).toEqual([]);
    expect(printed).toEqual(["above: words\n"]);
  });
});
