import { type Log, silentLog } from "@skylark/core";
import { ManualClock, seededRandom } from "@skylark/core/internal";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { register } from "../src/index.js";
import { Participation } from "../src/participant.js";
import { RegistryLink } from "../src/registry-link.js";
import { Program } from "./program.js";
import { SmallRegistry } from "./small-registry.js";

let registry: SmallRegistry;
let program: Program;

beforeEach(async () => {
  registry = await SmallRegistry.open();
  program = await Program.listening();
});

afterEach(async () => {
  await program[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const portal = (more: object = {}) => ({ name: "portal", server: program.server, registry: registry.url, ...more });
/** Long enough for a request to come a step further: the test's clock goes on with each. */
const asTurnsPass = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

/** A participant on a clock of the test's. */
function participation(clock: ManualClock, requires: readonly string[] = [], log: Log = silentLog): Participation {
  const { url, server } = program;
  return new Participation({
    clock,
    random: seededRandom(1),
    log,
    link: new RegistryLink(registry.url),
    server,
    silenceMs: 1000,
    body: {
      ServiceName: "portal",
      ServiceURL: url,
      RequiredServices: requires,
      ServiceUpdateURL: `${url}/services`,
      HeartbeatURL: `${url}/heartbeat`,
    },
  });
}

describe("registering", () => {
  it("waits for a registry that is away", async () => {
    await registry.stop();
    const said: string[] = [];
    const waiting = register(
      portal({ log: (level: string, message: string) => void said.push(`${level} ${message}`) }),
    );
    while (said.length < 2) await asTurnsPass();
    await registry.start();
    await using _participant = await waiting;
    expect(registry.registered.has(program.url)).toBe(true);
    expect(said[0]).toMatch(/^warn portal at http.*does not answer .*ECONNREFUSED.*SKYLARK_REGISTRY/);
    expect(said[1]).toMatch(/^debug /); // once is enough
  });

  it("ends when it has waited long enough, and the server is as it was", async () => {
    await registry.stop();
    await expect(register(portal({ waitMs: 2000 }))).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/does not answer/),
    });
    expect(Object.hasOwn(program.server, "emit")).toBe(false);
    expect(program.server.listenerCount("close")).toBe(0);
  });

  it("ends when its signal is aborted, before and meanwhile", async () => {
    await registry.stop();
    await expect(register(portal({ signal: AbortSignal.abort() }))).rejects.toMatchObject({ code: "cancelled" });
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    await expect(register(portal({ signal: controller.signal, log: abort }))).rejects.toMatchObject({
      code: "cancelled",
    });
  });

  it("that is given up with the answer on its way leaves nothing behind", async () => {
    const controller = new AbortController();
    registry.beforeAnswer = async () => controller.abort();
    await expect(register(portal({ signal: controller.signal }))).rejects.toMatchObject({ code: "cancelled" });
    expect(registry.asked).toEqual(["POST portal", `DELETE ${program.url}`]);
    expect(registry.registered.size).toBe(0);
  });

  it.each([
    [400, '{"error":{"code":"invalid_argument","message":"ServiceName is missing"}}', "invalid_argument", /is missing/],
    [400, '{"error":{"code":"made_up","message":"no"}}', "failed_precondition", /400: no/],
    [404, "404 page not found\n", "failed_precondition", /404: 404 page not found/],
    [302, "", "failed_precondition", /302: no reason given/],
  ])("ends where the registry refuses it, in its words: %d %s", async (status, said, code, message) => {
    registry.nextAnswers.push({ status, text: said });
    await expect(register(portal())).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(registry.asked).toEqual(["POST portal"]);
  });

  it.each([
    [503, false],
    [500, true],
    [429, false],
    [undefined, false],
    [undefined, true],
  ])("is tried again when the answer is %s, done or not (%s), and ends registered once", async (status, done) => {
    registry.nextAnswers.push({ status, done });
    await using _participant = await register(portal({ requires: ["grading"] }));
    expect([...registry.registered.keys()]).toEqual([program.url]);
    expect(registry.asked.at(-1)).toBe("POST portal");
  });
});

describe("once registered", () => {
  it("asks nothing while its heartbeat is asked for, and after a silence whether it is still known", async () => {
    const clock = new ManualClock();
    const participant = participation(clock);
    await participant.start();
    for (let beat = 0; beat < 20; beat++) {
      clock.advance(700);
      await fetch(`${program.url}/heartbeat`);
    }
    expect(registry.asked).toEqual(["POST portal"]);
    clock.advance(1300);
    await registry.wasAsked(2);
    expect(registry.asked).toEqual(["POST portal", "POST portal"]); // known: nothing is deleted
    await participant.unregister();
  });

  it("is back after a registry forgot it, and keeps what it knew until that is confirmed or the grace is over", async () => {
    const clock = new ManualClock();
    const participant = participation(clock, ["grading"]);
    await participant.start();
    const [kept, gone] = [6000, 6001].map((port) => ({ Name: "grading", URL: `http://127.0.0.1:${port}` }));
    await registry.patch("portal", { Added: [kept, gone] });
    registry.registered.clear();
    clock.advance(1300);
    await registry.wasAsked(2);
    expect([...registry.registered.keys()]).toEqual([program.url]);
    while (clock.pending < 2) await asTurnsPass(); // the next look, and the grace
    await registry.patch("portal", { Added: [kept], Removed: [] });
    expect(participant.providers("grading")).toEqual([kept?.URL, gone?.URL]);
    clock.advance(2000);
    expect(participant.providers("grading")).toEqual([kept?.URL]);
    await participant.unregister();
  });

  it("an answer that was lost is not taken for a sign that nothing was: it registers anew", async () => {
    const clock = new ManualClock();
    const participant = participation(clock);
    await participant.start();
    registry.registered.clear();
    registry.nextAnswers.push({ status: undefined, done: true });
    clock.advance(1300);
    await registry.wasAsked(2);
    while (registry.asked.length < 5) {
      clock.advance(10);
      await asTurnsPass();
    }
    expect(registry.asked.slice(2)).toEqual(["POST portal", `DELETE ${program.url}`, "POST portal"]);
    await participant.unregister();
  });

  it("a registry that was only away costs no one anything: nothing is deleted when it is back", async () => {
    const clock = new ManualClock();
    const said: string[] = [];
    const participant = participation(clock, [], (_level, message) => void said.push(message));
    await participant.start();
    await registry.stop();
    clock.advance(1300);
    while (said.length === 0) await asTurnsPass();
    await registry.start();
    while (registry.asked.length < 2) {
      clock.advance(50);
      await asTurnsPass();
    }
    expect(registry.asked).toEqual(["POST portal", "POST portal"]);
    await participant.unregister();
  });
});

describe("leaving", () => {
  it("tries again while the registry is away, for five seconds; then it is over", async () => {
    const clock = new ManualClock();
    const participant = participation(clock);
    await participant.start();
    await registry.stop();
    const left: string[] = [];
    void participant.unregister().then(() => left.push("left"));
    while (left.length === 0) {
      clock.advance(100);
      await asTurnsPass();
    }
    expect(Object.hasOwn(program.server, "emit")).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it("is done once, however often it is asked for", async () => {
    const participant = await register(portal());
    await Promise.all([participant.unregister(), participant.unregister()]);
    await participant.unregister();
    expect(registry.asked).toEqual(["POST portal", `DELETE ${program.url}`]);
  });

  it("is done when the registry does not know it any more", async () => {
    const participant = await register(portal());
    registry.registered.clear();
    await participant.unregister();
    expect(registry.asked).toEqual(["POST portal", `DELETE ${program.url}`]);
  });
});
