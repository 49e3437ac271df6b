import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { capturePino, type PinoLine, type PinoLogger } from "../../src/redirect/pino-capture.js";

function destination(): { write(chunk: string): void; readonly written: string[] } {
  const written: string[] = [];
  return { written, write: (chunk) => void written.push(chunk) };
}

/** The symbol under which this version of pino keeps a logger's stream. */
const { streamSym } = pino.symbols;

describe("a pino logger that is listened to", () => {
  it("OPS-4.3 is heard with time, level, message and fields, and still writes", () => {
    const stream = destination();
    const logger = pino({ level: "trace" }, stream);
    const heard: PinoLine[] = [];
    capturePino(logger, (line) => heard.push(line), { echo: true });
    logger.info({ user: 7 }, "hello %s", "world");
    logger.trace("t");
    logger.fatal(new Error("no"));
    expect(heard).toMatchObject([
      { level: "info", message: "hello world", fields: { user: 7 } },
      { level: "trace", message: "t" },
      {
        level: "fatal",
        message: "no",
        fields: { err: { type: "Error", stack: expect.stringMatching(/pino-capture/) } },
      },
    ]);
    expect(heard[0]?.time).toMatch(/^\d{4}-.*Z$/);
    expect(heard[1]?.fields).toBeUndefined(); // the process is known by its origin and instance
    expect(stream.written.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(["hello world", "t", "no"]);
  });

  it("is heard with its children, made before and after", () => {
    const logger = pino({}, destination());
    const before = logger.child({ part: "before" });
    const heard: PinoLine[] = [];
    const release = capturePino(logger, (line) => heard.push(line), { echo: false });
    const after = logger.child({ part: "after" });
    before.warn("b");
    after.error("a");
    expect(heard).toMatchObject([
      { level: "warn", message: "b", fields: { part: "before" } },
      { level: "error", message: "a", fields: { part: "after" } },
    ]);
    release();
    before.warn("not heard");
    after.warn("not heard");
    expect(heard).toHaveLength(2);
  });

  it("listens to a child alone where that is given", () => {
    const logger = pino({}, destination());
    const child = logger.child({ part: 1 });
    const heard: string[] = [];
    const release = capturePino(child, ({ message }) => heard.push(message), { echo: true });
    logger.info("not heard");
    child.info("heard");
    release();
    child.info("not heard");
    expect(heard).toEqual(["heard"]);
    expect(Object.hasOwn(child, streamSym)).toBe(false);
  });

  it("prints nothing where it shall not", () => {
    const stream = destination();
    const logger = pino({}, stream);
    capturePino(logger, () => {}, { echo: false });
    logger.info("words");
    expect(stream.written).toEqual([]);
  });

  it("is understood however it is set up", () => {
    const heard: PinoLine[] = [];
    const hear = (logger: PinoLogger): void => void capturePino(logger, (line) => heard.push(line), { echo: false });
    const iso = pino({ messageKey: "message", timestamp: pino.stdTimeFunctions.isoTime, base: null }, destination());
    const labels = pino({ formatters: { level: (label) => ({ level: label }) }, timestamp: false }, destination());
    const own = pino(
      { customLevels: { notice: 35, chatter: 5 }, level: "chatter", base: { pid: 1, hostname: "elsewhere" } },
      destination(),
    );
    for (const logger of [iso, labels, own]) hear(logger);
    iso.info("one");
    labels.warn("two");
    own.notice("three");
    own.chatter("four");
    expect(heard).toEqual([
      { time: expect.stringMatching(/Z$/), level: "info", message: "one", fields: undefined },
      {
        time: undefined,
        level: "warn",
        message: "two",
        fields: undefined,
      },
      { time: expect.stringMatching(/Z$/), level: "info", message: "three", fields: { pid: 1, hostname: "elsewhere" } },
      { time: expect.stringMatching(/Z$/), level: "trace", message: "four", fields: { pid: 1, hostname: "elsewhere" } },
    ]);
  });

  it("keeps what other streams are told beside their lines", () => {
    const written: string[] = [];
    const streams = pino.multistream([
      { level: "info", stream: { write: (chunk: string) => void written.push(`info ${chunk}`) } },
      { level: "error", stream: { write: (chunk: string) => void written.push(`error ${chunk}`) } },
    ]);
    const logger = pino({}, streams);
    capturePino(logger, () => {}, { echo: true });
    logger.info("a");
    logger.error("b");
    expect(written.map((line) => line.split(" ")[0])).toEqual(["info", "info", "error"]);
    expect(() => logger.flush()).not.toThrow();
  });

  it("OPS-4.3 is afterwards exactly what it was", () => {
    const stream = destination();
    const logger = pino({}, stream);
    const before = Object.getOwnPropertyDescriptor(logger, streamSym);
    const release = capturePino(logger, () => {}, { echo: false });
    release();
    expect(Object.getOwnPropertyDescriptor(logger, streamSym)).toEqual(before);
    logger.info("again");
    expect(stream.written).toHaveLength(1);
  });

  it("is refused where it is none", () => {
    expect(() => capturePino({ levels: { values: {} } }, () => {}, { echo: true })).toThrow(/no logger of pino/);
  });
});
