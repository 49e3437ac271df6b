import { SkylarkError } from "@skylark/core";
import { ManualClock } from "@skylark/core/internal";
import { describe, expect, it } from "vitest";
import { Deadline } from "../../src/drivers/deadline.js";
import { type MemberStanding, Quorum, quorumLoss } from "../../src/drivers/quorum.js";
import { standingOf } from "../../src/drivers/zookeeper/member-standings.js";

function members(...kinds: MemberStanding["kind"][]): MemberStanding[] {
  return kinds.map((kind, index) => ({ address: `h${index + 1}:1`, kind }));
}

const leaderless = "knows no leader";

describe("a lost quorum", () => {
  it.each([
    { standings: members("refuses", "refuses", leaderless), needed: 2, answering: 1 },
    { standings: members("refuses", "refuses", "refuses"), needed: 2, answering: 0 },
    { standings: members("refuses", "refuses", "silent"), needed: 2, answering: 0 },
    { standings: members("refuses", "refuses", "refuses", leaderless, leaderless), needed: 3, answering: 2 },
    {
      standings: members("refuses", "refuses", "refuses", leaderless, leaderless, leaderless),
      needed: 4,
      answering: 3,
    },
    { standings: members("refuses", leaderless), needed: 2, answering: 1 },
  ])("is certain where so many refuse that $needed cannot be had", ({ standings, needed, answering }) => {
    expect(quorumLoss(standings)).toEqual({ certainty: "certain", needed, answering });
  });

  it("is likely where one says that there is no leader, and too many others are silent", () => {
    expect(quorumLoss(members("silent", "silent", leaderless))).toMatchObject({ certainty: "likely" });
    expect(quorumLoss(members("silent", "refuses", leaderless))).toMatchObject({ certainty: "likely" });
  });

  it.each([
    ["somebody serves, be it one that has not noticed yet", members("refuses", "refuses", "serves")],
    ["enough members are about to elect a leader", members("refuses", leaderless, leaderless)],
    ["nobody answers: that may be this client's own network", members("silent", "silent", "silent")],
    ["the one silent member may be slow", members("silent", "refuses", "silent")],
  ])("is not concluded where %s", (_, standings) => {
    expect(quorumLoss(standings)).toBeUndefined();
  });

  it("is not concluded from a ZooKeeper server that does not tell", () => {
    expect(standingOf("This ZooKeeper instance is not currently serving requests\n")).toBe(leaderless);
    expect(standingOf("Zookeeper version: 3.8.0\nMode: follower\n")).toBe("serves");
    expect(standingOf("srvr is not executed because it is not in the whitelist.\n")).toBe("serves");
    expect(standingOf("")).toBe("serves");
  });
});

/** What a write fails with that is never answered. */
async function unanswered(quorum: Quorum, deadline: Deadline): Promise<unknown> {
  const writing = deadline.waitFor(new Promise(() => {}));
  return await quorum.watchOver(writing, (error) => deadline.end(error)).catch((error: unknown) => error);
}

/** A write that is never answered, with what its members say at each look. */
function waitingWrite(...looks: MemberStanding[][]) {
  const clock = new ManualClock();
  let asked = 0;
  const ask = async () => looks[Math.min(asked++, looks.length - 1)] as MemberStanding[];
  const quorum = new Quorum({ engine: "etcd", ask, clock });
  const write = (options: { signal?: AbortSignal } = {}) => unanswered(quorum, new Deadline(clock, options));
  const pass = async (ms: number) => {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve)); // answers are promises
  };
  return { write, pass, asked: () => asked, clock };
}

describe("a write without an answer", () => {
  it("COORD-9.2 fails after a second with a code and a message that name the quorum and every member", async () => {
    const { write, pass } = waitingWrite(members("refuses", leaderless, "refuses"));
    const failed = write();
    await pass(1000);
    expect(await failed).toMatchObject({
      code: "unavailable",
      reason: "NO_QUORUM",
      notExecuted: false,
      details: { members: 3, needed: 2, answering: 1 },
      message: expect.stringContaining(
        "etcd has lost its quorum: 2 of 3 members are needed, 1 answers (h1:1 refuses, h2:1 knows no leader, h3:1 refuses)",
      ) as unknown,
    });
  });

  it("is not looked after before, nor once it has ended", async () => {
    const { write, pass, asked } = waitingWrite(members("serves", "serves", "serves"));
    const ending = new AbortController();
    const failed = write({ signal: ending.signal });
    await pass(999);
    expect(asked()).toBe(0);
    await pass(1);
    expect(asked()).toBe(1);
    await pass(500);
    expect(asked()).toBe(2);
    ending.abort(new SkylarkError("cancelled", "enough"));
    expect(await failed).toMatchObject({ code: "cancelled", message: "enough" });
    await pass(60_000);
    expect(asked()).toBe(2);
  });

  it("goes on where silent members speak at the second look", async () => {
    const late = members("silent", "silent", leaderless);
    const { write, pass, asked } = waitingWrite(late, members("serves", "serves", "serves"), late, late);
    const failed = write();
    await pass(1000);
    await pass(500);
    await pass(500);
    expect(asked()).toBe(3);
    await pass(500);
    expect(await failed).toMatchObject({ reason: "NO_QUORUM" });
  });

  it("looks together with the others that wait", async () => {
    const { write, pass, asked } = waitingWrite(members("refuses", "refuses", leaderless));
    const failed = Promise.all([write(), write(), write()]);
    await pass(1000);
    const reasons = (await failed).map((error) => SkylarkError.from(error).reason);
    expect(reasons).toEqual(["NO_QUORUM", "NO_QUORUM", "NO_QUORUM"]);
    expect(asked()).toBe(1);
  });

  it("is left alone where there is but one member, or nobody can be asked", async () => {
    const alone = waitingWrite(members("refuses"));
    const ending = new AbortController();
    const failed = alone.write({ signal: ending.signal });
    await alone.pass(1000);
    await alone.pass(500);
    expect(alone.asked()).toBe(2);
    ending.abort(new SkylarkError("deadline_exceeded", "over"));
    expect(await failed).toMatchObject({ code: "deadline_exceeded" });
  });

  it("COORD-9.2 does not judge members after a look during which this process itself stood still", async () => {
    const clock = new ManualClock();
    let asked = 0;
    const ask = async () => {
      asked += 1;
      await Promise.resolve();
      clock.advance(asked === 1 ? 3000 : 1000);
      return members("silent", "silent", leaderless);
    };
    const quorum = new Quorum({ engine: "etcd", ask, clock });
    const failed = unanswered(quorum, new Deadline(clock, {}));
    for (let looks = 0; looks < 3; looks++) {
      clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await failed).toMatchObject({ reason: "NO_QUORUM" });
    expect(asked).toBe(3);
  });

  it("COORD-9.2 names every member where the store itself has refused for want of a quorum", async () => {
    const refused = new SkylarkError("unavailable", "no leader", { reason: "NO_QUORUM", notExecuted: true });
    const failedIn = async (quorum: Quorum) => await quorum.watchOver(Promise.reject(refused), () => {});
    const ask = async () => members("silent", "silent", leaderless);
    const clock = new ManualClock();
    await expect(failedIn(new Quorum({ engine: "etcd", ask, clock }))).rejects.toMatchObject({
      reason: "NO_QUORUM",
      notExecuted: true,
      cause: refused,
      message: expect.stringMatching(/2 of 3 members are needed.*nothing was written/) as unknown,
    });
    const well = async () => members("serves", "serves", "serves");
    await expect(failedIn(new Quorum({ engine: "etcd", ask: well, clock }))).rejects.toBe(refused);
  });
});
