import { redirectLogs } from "@skylark/logs";
import { pino } from "pino";
import { call, connect, insideRequest, serve } from "skylark";
import { describe, expect, it } from "vitest";
import { range } from "../support/kept.js";
import { mutedConsole, System, until } from "../support/system.js";

describe("a process whose logs are redirected", () => {
  it("OPS-4.1 OPS-4.3 has what it says by console, pino and the framework kept at the log service, with who said it", async () => {
    const system = new System();
    const logs = await system.logs();
    const application = system.application("portal");
    const [console, logger] = [mutedConsole(), pino({}, { write: () => {} })];
    const redirection = redirectLogs({ application, console, pino: logger });
    console.warn("by console %d", 1);
    logger.error({ user: 7 }, "by pino");
    application.log("info", "by the framework", { instance: "x" });
    application.log("debug", "beneath the level that is asked for");
    redirection.log("fatal", "by another", { code: 1 });
    await until(() => redirection.waiting === 0);
    expect(redirection.status).toBe("delivering");
    await redirection.close();
    await logs.close();
    const kept = (await system.kept()).filter(({ message }) => message.startsWith("b"));
    expect(kept).toMatchObject([
      { level: "warn", message: "by console 1" },
      { level: "error", message: "by pino", fields: { user: 7 } },
      { level: "info", message: "by the framework", fields: { instance: "x" } },
      { level: "fatal", message: "by another", fields: { code: 1 } },
    ]);
    for (const { origin, instance } of kept) {
      expect(origin).toBe("portal");
      expect(instance).toBe(redirection.instance);
      expect(instance.startsWith(application.instance)).toBe(true);
    }
  });

  it("OPS-4.2 goes on while the log service is away, which has all of it afterwards", async () => {
    const system = new System();
    const application = system.application("portal");
    const console = mutedConsole();
    const redirection = redirectLogs({ application, console, framework: false });
    for (const at of range(1, 1000)) console.log(`line ${at}`);
    await until(() => redirection.status === "away");
    expect(redirection.waiting).toBe(1000);
    const logs = await system.logs();
    await until(() => redirection.waiting === 0);
    expect(redirection.status).toBe("delivering");
    await redirection.close();
    await logs.close();
    expect((await system.kept()).map(({ message }) => message)).toEqual(range(1, 1000).map((at) => `line ${at}`));
  });

  it("OPS-4.2 drops the oldest beyond what may wait, and the log tells where and how many", async () => {
    const system = new System();
    const application = system.application("portal");
    const redirection = redirectLogs({ application, console: false, framework: false, waitingLinesMax: 100 });
    redirection.log("info", "line 0");
    await until(() => redirection.status === "away");
    for (const at of range(1, 500)) redirection.log("info", `line ${at}`);
    expect(redirection.dropped).toBe(400);
    const logs = await system.logs();
    await until(() => redirection.waiting === 0);
    await redirection.close();
    await logs.close();
    const kept = await system.kept();
    expect(kept.map(({ message }) => message)).toEqual([
      "line 0",
      expect.stringMatching(/^400 lines were dropped here/),
      ...range(401, 500).map((at) => `line ${at}`),
    ]);
    expect(kept[1]?.fields).toEqual({ dropped: 400 });
  });

  it("keeps each line once over a restart of the log service, whatever was under way", async () => {
    const system = new System();
    const redirection = redirectLogs({ application: system.application("portal"), console: false, framework: false });
    let written = 0;
    for (const _ of range(1, 3)) {
      const logs = await system.logs();
      for (const _ of range(1, 2000)) redirection.log("info", `line ${++written}`);
      await until(() => redirection.waiting < 1500);
      await logs.close();
    }
    const logs = await system.logs();
    await until(() => redirection.waiting === 0);
    expect(await redirection.close()).toEqual({ lost: 0 });
    await logs.close();
    expect((await system.kept()).map(({ message }) => message)).toEqual(range(1, written).map((at) => `line ${at}`));
  });

  it("RPC-6.1 names the request that was served where a line was written, in each process that it came through", async () => {
    const system = new System();
    const logs = await system.logs();
    const [grading, portal] = [system.application("grading"), system.application("portal")];
    const fromGrading = redirectLogs({ application: grading, console: false, framework: false });
    const fromPortal = redirectLogs({ application: portal, console: false, framework: false });
    const implementation = {
      students: async (): Promise<string> => {
        fromGrading.log("info", "asked for students");
        await new Promise((resolve) => setImmediate(resolve));
        fromGrading.log("info", "found students");
        return call().requestId ?? "none";
      },
    };
    await serve("grading", implementation, { application: grading });
    const client = await connect<typeof implementation>("grading", { application: portal, readyWithinMs: 30_000 });
    const answered = await insideRequest("r-4711", async () => {
      fromPortal.log("info", "GET /students");
      return await client.students();
    });
    expect(answered).toBe("r-4711");
    fromPortal.log("info", "between requests");
    await client.students();
    await Promise.all([fromGrading.close(), fromPortal.close()]);
    await logs.close();
    const kept = await system.kept();
    const ofRequest = kept
      .filter(({ request }) => request === "r-4711")
      .map(({ origin, message }) => `${origin}: ${message}`);
    expect(ofRequest.toSorted()).toEqual([
      "grading: asked for students",
      "grading: found students",
      "portal: GET /students",
    ]);
    expect(kept.filter(({ request }) => request === undefined)).toHaveLength(3);
  });

  it("is no part of the call that a line was written in: its deadline and its end are not the batch's", async () => {
    const system = new System();
    const logs = await system.logs(); // before anybody asks for it: whoever connects then has heard of it
    const application = system.application("grading");
    const redirection = redirectLogs({ application, console: false, framework: false });
    const hurries = { begun: 0 };
    const grading = {
      calm: async () => {},
      hurried: async () => redirection.log("info", `in a hurry ${++hurries.begun}`),
    };
    await serve("grading", grading, { application });
    const caller = await connect<typeof grading>("grading", {
      application: system.application("portal"),
      readyWithinMs: 30_000,
    });
    await caller.calm(); // it is connected from here on
    // whether the answer comes in time matters to nobody here
    while (hurries.begun === 0)
      await caller
        .with({ timeoutMs: 30 })
        .hurried()
        .catch(() => {});
    await until(() => redirection.waiting === 0);
    expect(system.said.filter(({ message }) => message.includes("away"))).toEqual([]);
    await redirection.close();
    await logs.close();
    expect((await system.kept()).map(({ message }) => message)).toEqual(
      range(1, hurries.begun).map((time) => `in a hurry ${time}`),
    );
  });

  it("OPS-4.3 leaves all as it was when it closes, and closes with its application, which waits for what is still to be delivered", async () => {
    const system = new System();
    const logs = await system.logs();
    const application = system.application("portal");
    const console = mutedConsole();
    const before = Object.getOwnPropertyDescriptors(console);
    const redirection = redirectLogs({ application, console, framework: false });
    await connect("log", { application, readyWithinMs: 30_000 });
    console.log("the last word");
    await application.close();
    expect(Object.getOwnPropertyDescriptors(console)).toEqual(before);
    expect(redirection.status).toBe("closed");
    expect(await redirection.close()).toEqual({ lost: 0 });
    console.log("not heard any more");
    application.log("info", "nor this");
    await logs.close();
    expect((await system.kept()).map(({ message }) => message)).toEqual(["the last word"]);
  });

  it("says what was lost where it closes and the log service is away, within its bound", async () => {
    const system = new System();
    const application = system.application("portal");
    const redirection = redirectLogs({ application, console: false, framework: false, closeWithinMs: 100 });
    for (const _ of range(1, 7)) redirection.log("info", "m");
    expect(await redirection.close()).toEqual({ lost: 7 });
    expect(system.said.at(-1)).toEqual({
      level: "warn",
      message: "7 log lines were not delivered: the log service did not take them in time",
    });
  });

  it("does not deliver words about delivery, but says them where the framework speaks", async () => {
    const system = new System();
    const redirection = redirectLogs({ application: system.application("portal"), console: false });
    redirection.log("info", "m");
    await until(() => redirection.status === "away");
    const logs = await system.logs();
    await until(() => redirection.waiting === 0);
    const said = system.said.map(({ message }) => message).filter((message) => /the log service is/.test(message));
    expect(said).toEqual([
      expect.stringMatching(/^the log service is away, lines wait for it: .*no instance of "log"/),
      "the log service is back and has what waited",
    ]);
    await redirection.close();
    await logs.close();
    expect((await system.kept()).filter(({ message }) => /the log service is/.test(message))).toEqual([]);
  });

  it("refuses what is no logger of pino, and has touched nothing then", () => {
    const system = new System();
    const console = mutedConsole();
    const before = Object.getOwnPropertyDescriptors(console);
    const application = system.application("portal");
    expect(() => redirectLogs({ application, console, pino: { levels: { values: {} } } })).toThrow(/no logger of pino/);
    expect(Object.getOwnPropertyDescriptors(console)).toEqual(before);
  });
});
